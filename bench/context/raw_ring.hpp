// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_CONTEXT_RAW_RING_HPP
#define WEFT_BENCH_CONTEXT_RAW_RING_HPP

#include "harness/stopwatch.hpp"

#include <cstdint>

namespace weft::bench
{

/// The floor under every scheduler: so many stacks that jump to each other in a fixed order, about `operations` jumps
/// in all. No queue, no exception state, no end but the common one.
sample jump_in_a_ring(std::uint64_t stacks, std::uint64_t operations);

/// Two stacks, one of them the caller's, that jump to and fro.
sample jump_to_and_fro(std::uint64_t operations);

} // namespace weft::bench

#endif
