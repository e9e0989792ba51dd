# Copyright (c) 2026 The weft authors
# Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

# Sets WEFT_VERSION from the one place that knows it.

file(STRINGS "${CMAKE_CURRENT_LIST_DIR}/../include/weft/version.hpp" lines REGEX "^#define WEFT_VERSION_STRING")
string(REGEX REPLACE ".*\"(.*)\".*" "\\1" WEFT_VERSION "${lines}")
