# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# cmake -DROOT=<source tree> -DLIST=<file> -DFOLDERS=<folder>[;...] -P check_file_lists.cmake
# Fails when a header in include/, or a source in one of the folders, is in no list of a CMakeLists.txt.

file(STRINGS "${LIST}" listed)
file(GLOB_RECURSE on_disk "${ROOT}/include/*.hpp")
foreach(folder IN LISTS FOLDERS)
    file(GLOB_RECURSE sources "${ROOT}/${folder}/*.cpp")
    list(APPEND on_disk ${sources})
endforeach()
# These are built by the tests that they belong to, which not every build has.
list(FILTER on_disk EXCLUDE REGEX "/test/(compile_fail|consumer|fault|gdb|link_tag|valgrind)/")
list(REMOVE_ITEM on_disk ${listed})
if(on_disk)
    list(JOIN on_disk "\n  " on_disk)
    message(FATAL_ERROR "in no list of a CMakeLists.txt:\n  ${on_disk}")
endif()
