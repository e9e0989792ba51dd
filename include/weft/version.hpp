// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_VERSION_HPP
#define WEFT_VERSION_HPP

#if __cplusplus < 202002L
#error "weft needs C++20: compile with -std=c++20, or with target_compile_features(... cxx_std_20) in CMake"
#endif

// CMake and Conan read the version here. Semantic versioning; before 1.0 a minor version may change any interface, a
// patch version none.

#define WEFT_VERSION_MAJOR 0
#define WEFT_VERSION_MINOR 1
#define WEFT_VERSION_PATCH 0

#define WEFT_VERSION_STRING "0.1.0"

/// To compare: 10,000 × major + 100 × minor + patch.
#define WEFT_VERSION (WEFT_VERSION_MAJOR * 10000 + WEFT_VERSION_MINOR * 100 + WEFT_VERSION_PATCH)

#endif
