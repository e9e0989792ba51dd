// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_HARNESS_RIVALS_HPP
#define WEFT_BENCH_HARNESS_RIVALS_HPP

#include "harness/registry.hpp"

#include <functional>
#include <string>

namespace weft::bench
{

/// Serves the connections of a listening socket, in non-blocking mode, until it is killed.
using server = std::function<void(int listener)>;

// Rivals in other languages are programs (bench/rivals/). Each does one loop in one process:
//
//     <program> list                                prints its cases, one a line, each followed by a note or nothing
//     <program> <case> <operations> <peer core>     for a timed case
//     <program> <case> quick|full <peer core>       for a case that measures by itself
//     <program> serve <case>                        for a case about servers: serves the listening socket 3
//
// The second and the third print the nanoseconds that it took and what was done, as weft_bench_inline does. They are
// started on the measured core, and warm up by themselves where the case asks for that.

/// For a case about servers in any language: how one is measured.
void let_rivals_serve(const std::string& name, std::function<measurement(server)> measure);

/// Lets a program take part, under its name, in the cases that it lists. `what` is `<name>=<program>`.
///
/// Errors: `std::runtime_error` if it cannot be asked, or lists a case that is not in `all`.
void add_rival(registry& all, const std::string& what);

} // namespace weft::bench

#endif
