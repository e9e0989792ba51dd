// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/asio_tag.hpp>

const char WEFT_ASIO_TAG = 0;
