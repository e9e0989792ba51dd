// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_ALLOCATION_COUNTER_HPP
#define WEFT_TEST_SUPPORT_ALLOCATION_COUNTER_HPP

#include <cstdint>

namespace weft::test
{

/// How often the calling thread has called any form of `operator new`. Linking this function in replaces them all; with
/// clang's ThreadSanitizer, which does not allow that, calls of malloc are counted instead.
std::uint64_t allocation_count() noexcept;

/// How many of the calling thread's allocations by `operator new` are not freed yet, not counting what other threads
/// freed. Always 0 with clang's ThreadSanitizer.
std::int64_t outstanding_allocations() noexcept;

/// Lets the `n`-th call of `operator new` from now on by this thread fail, once; 0 stops that. Returns how far the last
/// such order still had to go: 0 if its call has failed.
std::uint64_t fail_allocation(std::uint64_t n) noexcept;

/// False with clang's ThreadSanitizer: `fail_allocation` does nothing.
bool allocations_can_fail() noexcept;

} // namespace weft::test

#endif
