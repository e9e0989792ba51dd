# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# What weft is built of. Where something is missing, one sentence says what to do.

include_guard()

if(NOT CMAKE_SYSTEM_NAME STREQUAL "Linux")
    message(FATAL_ERROR "weft runs on Linux only for now: ${CMAKE_SYSTEM_NAME} has no port yet")
endif()
if((CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 12)
    OR (CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14))
    message(FATAL_ERROR "weft needs g++ 12 or clang 14, or later; this is ${CMAKE_CXX_COMPILER_ID} "
        "${CMAKE_CXX_COMPILER_VERSION}. Choose another with -DCMAKE_CXX_COMPILER=...")
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.81 QUIET COMPONENTS context)
if(NOT Boost_FOUND)
    message(FATAL_ERROR "weft needs Boost 1.81 or later with its Context library. Install it (Debian: "
        "libboost1.81-dev libboost-context1.81-dev; Conan: boost/[>=1.81 <2]), or say where it is with -DBoost_ROOT=...")
endif()
if(WEFT_WITH_TLS AND NOT OpenSSL_FOUND)
    message(FATAL_ERROR "WEFT_WITH_TLS needs OpenSSL 1.1.1 or later. Install it (Debian: libssl-dev; Conan: "
        "openssl/[>=1.1.1 <4]), or say where it is with -DOPENSSL_ROOT_DIR=..., or leave the layer out with "
        "-DWEFT_WITH_TLS=OFF")
endif()
find_package(spdlog 1.10 QUIET)
if(NOT spdlog_FOUND)
    message(FATAL_ERROR "weft needs spdlog 1.10 or later. Install it (Debian: libspdlog-dev; Conan: spdlog/[>=1.10 <2]), "
        "or say where it is with -Dspdlog_ROOT=...")
endif()
