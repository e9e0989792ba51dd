// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_DEEP_CALLS_HPP
#define WEFT_TEST_SUPPORT_DEEP_CALLS_HPP

#include <cstddef>
#include <cstdint>
#include <limits>

namespace weft::test
{

namespace detail
{

[[gnu::noinline]] inline std::size_t recurse_from(std::uintptr_t begin, std::size_t bytes)
{
    volatile char used[256];
    used[0] = 1;
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    return begin - here >= bytes ? 1 : recurse_from(begin, bytes) + static_cast<std::size_t>(used[0]);
}

} // namespace detail

/// Calls itself until it has used `bytes` of the stack, whatever compilers and sanitizers add; returns how deep that was.
inline std::size_t recurse(std::size_t bytes)
{
    return detail::recurse_from(reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)), bytes);
}

/// Uses up any stack.
inline std::size_t recurse_for_ever()
{
    return recurse(std::numeric_limits<std::size_t>::max());
}

} // namespace weft::test

#endif
