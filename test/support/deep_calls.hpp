// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_DEEP_CALLS_HPP
#define WEFT_TEST_SUPPORT_DEEP_CALLS_HPP

#include <cstddef>
#include <limits>

namespace weft::test
{

/// Calls itself until it has used `bytes` of the stack, at least; returns how deep that was.
[[gnu::noinline]] inline std::size_t recurse(std::size_t bytes)
{
    constexpr std::size_t frame = 256;
    volatile char used[frame];
    used[0] = 1;
    return bytes <= frame ? 1 : recurse(bytes - frame) + static_cast<std::size_t>(used[0]);
}

/// Uses up any stack.
inline std::size_t recurse_for_ever()
{
    return recurse(std::numeric_limits<std::size_t>::max());
}

} // namespace weft::test

#endif
