# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

include_guard()

# weft_add_layer(<layer> [SOURCES a.cpp ...] [HEADERS a.hpp detail/b.hpp ...] [DEPENDS <layer> ...] [LINKS <target> ...])
#
# The library weft_<layer>, alias weft::<layer>, static unless BUILD_SHARED_LIBS says otherwise. Sources are relative to lib/<layer>, headers to
# include/weft/<layer>. A layer without sources becomes an INTERFACE library.
function(weft_add_layer layer)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;DEPENDS;LINKS")
    weft_reject_unknown(weft_add_layer ${arg_UNPARSED_ARGUMENTS})
    set(depends ${arg_DEPENDS})
    list(TRANSFORM arg_HEADERS PREPEND "${PROJECT_SOURCE_DIR}/include/weft/${layer}/")
    list(TRANSFORM arg_DEPENDS PREPEND "weft::")

    set(target weft_${layer})
    if(arg_SOURCES)
        set(scope PUBLIC)
        add_library(${target} ${arg_SOURCES})
        set_target_properties(${target} PROPERTIES
            VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
            # Nothing asks for it, and without it static and shared objects are the same to ccache.
            DEFINE_SYMBOL ""
            # One layer finds the others beside it, wherever that is.
            INSTALL_RPATH "$ORIGIN")
        if(NOT DEFINED CMAKE_POSITION_INDEPENDENT_CODE)
            set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
        endif()
        target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/lib/${layer}")
        # A fiber's stack is small. Sanitizers make frames larger than they are.
        if(WEFT_DEV AND NOT WEFT_SANITIZE)
            target_compile_options(${target} PRIVATE -Wframe-larger-than=16384)
        endif()
        if(WEFT_PRECOMPILE AND NOT layer MATCHES "^(context|log)$")
            target_precompile_headers(${target} PRIVATE <boost/asio.hpp>)
        endif()
    else()
        set(scope INTERFACE)
        add_library(${target} INTERFACE)
    endif()
    add_library(weft::${layer} ALIAS ${target})
    target_compile_features(${target} ${scope} cxx_std_20)
    target_sources(${target} ${scope}
        FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${arg_HEADERS})
    target_link_libraries(${target} ${scope} ${arg_DEPENDS} ${arg_LINKS})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${layer})
    set_property(GLOBAL APPEND PROPERTY WEFT_HEADERS ${arg_HEADERS})
    set_property(GLOBAL APPEND PROPERTY WEFT_LAYERS ${layer})
    set_property(GLOBAL PROPERTY WEFT_DEPENDS_OF_${layer} ${depends})
endfunction()

# weft_add_test(<folder> SOURCES a.cpp ... SUITES a ... [LIBS <target> ...] [LABELS <label> ...] [TIMEOUT <seconds>])
#
# One executable per test folder, test_<folder>, and one ctest test <folder>.<suite> for each of its outermost Boost.Test
# suites. <folder>.suites fails when SUITES and the executable differ, so no suite can be forgotten. A folder that has no
# sources yet makes no executable.
function(weft_add_test folder)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;SUITES;LIBS;LABELS")
    weft_reject_unknown(weft_add_test ${arg_UNPARSED_ARGUMENTS})
    if(NOT arg_SOURCES)
        return()
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()

    set(target test_${folder})
    add_executable(${target} ${arg_SOURCES})
    target_link_libraries(${target} PRIVATE weft_test_support ${arg_LIBS})
    target_precompile_headers(${target} REUSE_FROM weft_test_support)
    set_property(GLOBAL APPEND PROPERTY WEFT_TEST_PROGRAMS ${target})

    foreach(suite IN LISTS arg_SUITES)
        add_test(NAME ${folder}.${suite}
            COMMAND ${target} --run_test=${suite} --catch_system_errors=no --color_output=no)
        set_tests_properties(${folder}.${suite} PROPERTIES
            TIMEOUT ${arg_TIMEOUT} LABELS "${folder};${arg_LABELS}")
    endforeach()
    add_test(NAME ${folder}.suites
        COMMAND ${CMAKE_COMMAND} "-DPROGRAM=$<TARGET_FILE:${target}>" "-DSUITES=${arg_SUITES}"
            "-DEMULATOR=${CMAKE_CROSSCOMPILING_EMULATOR}"
            -P "${PROJECT_SOURCE_DIR}/cmake/check_suites.cmake")
    set_tests_properties(${folder}.suites PROPERTIES TIMEOUT 120 LABELS ${folder})
endfunction()

# weft_add_example(<name> SOURCES a.cpp ... [LIBS <target> ...] [EXPECT <file>] [ARGS <argument> ...])
#
# The executable <name>. With EXPECT, ctest runs it with ARGS as example.<name>, expects success and exactly the output
# that the file holds.
function(weft_add_example name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "EXPECT" "SOURCES;LIBS;ARGS")
    weft_reject_unknown(weft_add_example ${arg_UNPARSED_ARGUMENTS})
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE weft::weft ${arg_LIBS})
    # All examples include weft.hpp. Other libraries may want other definitions, with which it could not be read.
    if(WEFT_DEV AND "${arg_LIBS}" MATCHES "^(weft_example_http)?$")
        target_precompile_headers(${name} REUSE_FROM weft_example_http)
    endif()
    if(arg_EXPECT AND WEFT_BUILD_TESTS)
        add_test(NAME example.${name}
            COMMAND ${CMAKE_COMMAND} "-DEXPECTED=${CMAKE_CURRENT_SOURCE_DIR}/${arg_EXPECT}"
                -P "${PROJECT_SOURCE_DIR}/cmake/check_output.cmake" -- $<TARGET_FILE:${name}> ${arg_ARGS})
        set_tests_properties(example.${name} PROPERTIES TIMEOUT 120 LABELS example)
    endif()
endfunction()

# weft_test_file_lists()
#
# The ctest test file_lists: every header in include/ and every source in lib/, test/, and, where they are built,
# example/ and bench/ stands in a list, so that nothing is left out of the build unnoticed. To be called when all targets
# exist.
function(weft_test_file_lists)
    get_property(listed GLOBAL PROPERTY WEFT_HEADERS)
    weft_collect_sources("${PROJECT_SOURCE_DIR}" sources)
    list(APPEND listed ${sources})
    set(list_file "${PROJECT_BINARY_DIR}/listed_files.txt")
    list(JOIN listed "\n" listed)
    file(WRITE "${list_file}" "${listed}\n")
    set(folders lib test)
    if(WEFT_BUILD_EXAMPLES)
        list(APPEND folders example)
    endif()
    if(WEFT_BUILD_BENCH)
        list(APPEND folders bench)
    endif()
    add_test(NAME file_lists
        COMMAND ${CMAKE_COMMAND} "-DROOT=${PROJECT_SOURCE_DIR}" "-DLIST=${list_file}" "-DFOLDERS=${folders}"
            -P "${PROJECT_SOURCE_DIR}/cmake/check_file_lists.cmake")
endfunction()

function(weft_collect_sources directory result)
    set(found "")
    get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target IN LISTS targets)
        get_target_property(sources ${target} SOURCES)
        get_target_property(base ${target} SOURCE_DIR)
        foreach(source IN LISTS sources)
            cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${base}" NORMALIZE)
            list(APPEND found "${source}")
        endforeach()
    endforeach()
    get_property(subdirectories DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
    foreach(subdirectory IN LISTS subdirectories)
        weft_collect_sources("${subdirectory}" more)
        list(APPEND found ${more})
    endforeach()
    set(${result} "${found}" PARENT_SCOPE)
endfunction()

function(weft_reject_unknown function)
    if(ARGN)
        message(FATAL_ERROR "${function}: unknown arguments: ${ARGN}")
    endif()
endfunction()
