# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# How weft's own targets are compiled. Options are set per directory, so that a project that adds weft as a
# subdirectory sees none of them.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(PROJECT_IS_TOP_LEVEL)
    set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
    find_program(WEFT_CCACHE ccache)
    if(WEFT_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
        set(CMAKE_CXX_COMPILER_LAUNCHER "${WEFT_CCACHE}")
    endif()
endif()

if(WEFT_DEV)
    add_compile_options(
        -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
        -Woverloaded-virtual -Wcast-align -Wunused -Wimplicit-fallthrough
        $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond>
        $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op>
        # Newer clangs report that std::stable_sort of libstdc++ 12 uses what that calls deprecated.
        $<$<AND:$<CXX_COMPILER_ID:Clang>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,15>>:-Wno-deprecated-declarations>
        # A frame that is larger than the guard page must not step over it.
        -fstack-clash-protection)
    add_compile_definitions($<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
endif()

# A time stamp inside a precompiled header would make ccache miss whatever uses it.
add_compile_options("$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")

if(WEFT_SWITCH STREQUAL "inline")
    if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|aarch64|arm64)$" OR NOT CMAKE_SIZEOF_VOID_P EQUAL 8)
        message(FATAL_ERROR "WEFT_SWITCH=inline exists for x86-64 and aarch64, not for ${CMAKE_SYSTEM_PROCESSOR}; "
            "leave it at fcontext")
    elseif(NOT CMAKE_CXX_COMPILER_ID MATCHES "^(GNU|Clang|AppleClang)$")
        message(FATAL_ERROR "WEFT_SWITCH=inline needs GCC or Clang, not ${CMAKE_CXX_COMPILER_ID}; leave it at fcontext")
    endif()
elseif(NOT WEFT_SWITCH STREQUAL "fcontext")
    message(FATAL_ERROR "WEFT_SWITCH is '${WEFT_SWITCH}'; known are fcontext and inline")
endif()

if(WEFT_SANITIZE STREQUAL "address")
    # To check a virtual pointer the run-time library opens a pipe: where descriptors are exhausted, as some tests have it,
    # it takes every object for a wrong one.
    set(weft_sanitizers -fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all)
elseif(WEFT_SANITIZE STREQUAL "thread")
    set(weft_sanitizers -fsanitize=thread)
elseif(NOT WEFT_SANITIZE STREQUAL "")
    message(FATAL_ERROR "WEFT_SANITIZE is '${WEFT_SANITIZE}'; known are address and thread")
endif()
if(WEFT_SANITIZE)
    add_compile_options(
        ${weft_sanitizers} -fno-omit-frame-pointer
        # gcc sees maybe-uninitialized reads in its own instrumentation, and reports every fence that Asio contains.
        $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
        $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    add_link_options(${weft_sanitizers})
endif()
