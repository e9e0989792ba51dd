// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_DEBUG_PAGES_IN_USE_HPP
#define WEFT_LIB_DEBUG_PAGES_IN_USE_HPP

// What only some systems can tell about the pages of a stack.

#include <weft/context/stack.hpp>

#include <cstddef>

namespace weft::debug::detail
{

/// Bytes from the top of `which` to the lowest page that is in memory; 0 where the system cannot tell. Safe in a signal
/// handler.
std::size_t high_water(stack which) noexcept;

/// Gives the pages from the base of `which` up to `end` back: they read as zero and count as untouched.
void give_back(stack which, std::byte* end) noexcept;

} // namespace weft::debug::detail

#endif
