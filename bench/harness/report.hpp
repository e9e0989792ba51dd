// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_HARNESS_REPORT_HPP
#define WEFT_BENCH_HARNESS_REPORT_HPP

#include "harness/runner.hpp"

#include <iosfwd>
#include <vector>

namespace weft::bench
{

/// A table with each system's ratio to weft, and whether weft reaches its targets. Figures depend on the machine, so a
/// missed target is only marked.
void print_table(std::ostream& out, const case_result& result);

/// One array of `{"case", "system", "median", "min", "max", "unit", "runs"}`, with `"targets": [{"at_most", "against"}]`
/// where the system has some. Systems without figures are left out.
void write_json(std::ostream& out, const std::vector<case_result>& results);

} // namespace weft::bench

#endif
