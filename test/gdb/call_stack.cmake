# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# cmake -DGDB=<gdb> -DPROGRAM=<test_gdb_call_stack> -DSWITCH=<back end> -P call_stack.cmake
# What gdb prints as the call stack inside a fiber (first stop) and inside a generator in a generator (second, third).

execute_process(
    COMMAND "${GDB}" -nx -batch
        -ex "set debuginfod enabled off" -ex "set width 0" -ex "set confirm off" -ex "break stop_here"
        -ex run -ex backtrace -ex "echo ---\\n" -ex continue -ex backtrace -ex "echo ---\\n" -ex continue -ex backtrace
        -ex "echo ---\\n" -ex continue
        "${PROGRAM}"
    OUTPUT_VARIABLE output ERROR_VARIABLE errors RESULT_VARIABLE result)

function(fail why)
    message(FATAL_ERROR "${why}:\n${output}\n${errors}")
endfunction()

if(NOT result EQUAL 0)
    fail("gdb failed (${result})")
endif()
if("${output}${errors}" MATCHES "ptrace: Operation not permitted|Cannot create process")
    message("skipped: no process may be traced here")
    return()
endif()
if(NOT output MATCHES "exited normally")
    fail("the program did not run to its end")
endif()
if("${output}${errors}" MATCHES "corrupt stack|Cannot access memory|in \\?\\? \\(\\)")
    fail("gdb lost its way")
endif()

string(REPLACE "---\n" ";" stops "${output}")
list(GET stops 0 fiber)
list(GET stops 1 generator)
list(GET stops 2 generator_again)

if(NOT fiber MATCHES "#0 [^#]*stop_here" OR NOT fiber MATCHES "body_of_the_fiber" OR NOT fiber MATCHES "run_body")
    fail("the fiber's own frames are missing")
endif()
# It is nobody's callee.
if(fiber MATCHES "#[0-9]+ [^#]* main \\(")
    fail("a fiber's call stack goes on beyond its entry")
endif()

foreach(stop IN ITEMS "${generator}" "${generator_again}")
    if(NOT stop MATCHES "#0 [^#]*stop_here")
        fail("no stop in the generator")
    endif()
    if(SWITCH STREQUAL "inline" AND NOT stop MATCHES "resume_the_inner_one.*resume_the_outer_one.*main")
        fail("the call stack of the inner generator does not go on to those who resumed it")
    endif()
endforeach()
message("${output}")
