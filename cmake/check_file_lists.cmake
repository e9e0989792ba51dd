# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# cmake -DROOT=<source tree> -DLIST=<file> -P check_file_lists.cmake
# Fails when a header or a source on disk is in no list of a CMakeLists.txt.

file(STRINGS "${LIST}" listed)
file(GLOB_RECURSE on_disk
    "${ROOT}/include/*.hpp" "${ROOT}/lib/*.cpp" "${ROOT}/test/*.cpp" "${ROOT}/example/*.cpp" "${ROOT}/bench/*.cpp")
# These are built by the tests that they belong to, which not every build has.
list(FILTER on_disk EXCLUDE REGEX "/test/(compile_fail|consumer|gdb|link_tag|valgrind)/")
list(REMOVE_ITEM on_disk ${listed})
if(on_disk)
    list(JOIN on_disk "\n  " on_disk)
    message(FATAL_ERROR "in no list of a CMakeLists.txt:\n  ${on_disk}")
endif()
