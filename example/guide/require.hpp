// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_GUIDE_REQUIRE_HPP
#define WEFT_EXAMPLE_GUIDE_REQUIRE_HPP

#include <cstdlib>

// What the pages say must be so, also without assertions.
inline void require(bool holds)
{
    if (!holds)
    {
        std::abort();
    }
}

#endif
