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

} // namespace weft::test

#endif
