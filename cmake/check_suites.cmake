# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# cmake -DPROGRAM=<test executable> -DSUITES=<suites> [-DEMULATOR=<what runs it>] -P check_suites.cmake
# Compares the outermost suites (and stray cases) of a Boost.Test executable with those that ctest knows.

execute_process(COMMAND ${EMULATOR} "${PROGRAM}" --list_content
    RESULT_VARIABLE status OUTPUT_VARIABLE content ERROR_VARIABLE content)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} --list_content failed (${status}):\n${content}")
endif()
string(REGEX MATCHALL "(^|\n)[^ \n*]+" found "${content}")
list(TRANSFORM found STRIP)

set(missing ${SUITES})
set(unregistered ${found})
list(REMOVE_ITEM missing ${found})
list(REMOVE_ITEM unregistered ${SUITES})
if(missing OR unregistered)
    message(FATAL_ERROR "SUITES in CMakeLists.txt differs from ${PROGRAM}\n"
        "  not in the list: ${unregistered}\n  not in the program: ${missing}")
endif()
