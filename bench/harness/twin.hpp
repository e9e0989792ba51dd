// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_HARNESS_TWIN_HPP
#define WEFT_BENCH_HARNESS_TWIN_HPP

#include "harness/registry.hpp"

#include <cstdint>
#include <string>

namespace weft::bench
{

// Two builds of weft cannot be in one program: the link tag sees to that. So the one with the inline switch is in a
// program of its own, weft_bench_inline beside this one, that does single loops on request.

/// Lets the twin take part, as `weft-inline`, in every timed case that `all` holds already. Without one it does nothing.
void add_twin_contenders(registry& all);

/// The twin's side: runs weft's loop of that case and prints what it took, in nanoseconds, and what it has done.
///
/// Errors: `std::runtime_error` if there is no such loop.
void print_loop(const registry& all, const std::string& name, std::uint64_t operations);

} // namespace weft::bench

#endif
