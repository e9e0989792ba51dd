// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_HARNESS_OTHER_PROGRAM_HPP
#define WEFT_BENCH_HARNESS_OTHER_PROGRAM_HPP

#include "harness/stopwatch.hpp"

#include <string>
#include <vector>

namespace weft::bench
{

/// Starts the program, on the cores of this thread, and returns what it prints.
///
/// Errors: `std::runtime_error` if it cannot be started or ends with another status than 0.
std::string output_of(const std::string& program, const std::vector<std::string>& arguments);

/// The same for a program that does a loop and prints what it took, in nanoseconds, and what it has done.
///
/// Errors: as `output_of`, and if it prints something else.
sample ask(const std::string& program, const std::vector<std::string>& arguments);

} // namespace weft::bench

#endif
