# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# cmake -DSPIN=<program> -DCOMPILER=<C compiler> -DMODEL=<file> -DDEFINES=<-Dx;...> -DRESULT=<holds|fails>
#       -DDIRECTORY=<for what is made> -P check_model.cmake
# Searches all states of a Promela model. "holds": no assertion is violated in any of them, and none was left out;
# "fails": an assertion is violated.

file(REMOVE_RECURSE "${DIRECTORY}")
file(MAKE_DIRECTORY "${DIRECTORY}")

function(run result)
    execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${DIRECTORY}"
        RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(NOT status EQUAL 0)
        message(FATAL_ERROR "${ARGV1}: ${status}\n${output}")
    endif()
    set(${result} "${output}" PARENT_SCOPE)
endfunction()

run(ignored "${SPIN}" -a ${DEFINES} "${MODEL}")
run(ignored "${COMPILER}" -O1 -w -DSAFETY -DMEMLIM=1024 -o search pan.c)
# -E: where a process waits for ever is for the model to assert. -b: a depth that does not suffice is an error.
run(output ./search -E -b -n -m100000)
message("${output}")
if(RESULT STREQUAL "holds")
    if(NOT output MATCHES "errors: 0\n" OR output MATCHES "not completed|too small|out of memory|MEMLIM bound")
        message(FATAL_ERROR "an assertion was violated, or the search was not complete")
    endif()
elseif(NOT output MATCHES "assertion violated")
    message(FATAL_ERROR "no assertion was violated")
endif()
