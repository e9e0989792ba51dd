// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/detail/link_tag.hpp>

const char WEFT_LINK_TAG = 0;
