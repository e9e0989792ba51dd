# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# cmake -DEXPECTED=<file> -P check_output.cmake -- <program> [argument ...]
# Fails unless the program succeeds and writes exactly what the file holds.

set(command "")
set(separator_seen FALSE)
math(EXPR last "${CMAKE_ARGC} - 1")
foreach(i RANGE ${last})
    if(separator_seen)
        list(APPEND command "${CMAKE_ARGV${i}}")
    elseif(CMAKE_ARGV${i} STREQUAL "--")
        set(separator_seen TRUE)
    endif()
endforeach()

execute_process(COMMAND ${command} RESULT_VARIABLE status OUTPUT_VARIABLE output)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "exit status ${status}, output:\n${output}")
endif()
file(READ "${EXPECTED}" expected)
if(NOT output STREQUAL expected)
    message(FATAL_ERROR "output differs from ${EXPECTED}\n--- expected\n${expected}--- written\n${output}---")
endif()
