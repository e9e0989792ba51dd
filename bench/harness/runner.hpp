// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_HARNESS_RUNNER_HPP
#define WEFT_BENCH_HARNESS_RUNNER_HPP

#include "harness/registry.hpp"

#include <string>
#include <vector>

namespace weft::bench
{

struct settings
{
    effort how_much = effort::full;
    unsigned runs = 7;
};

/// What one system has reached in one case.
struct row
{
    std::string system;
    double median = 0;
    double min = 0;
    double max = 0;
    unsigned runs = 0;
    std::string failure; ///< why there are no figures; empty if there are
    std::string note;
};

struct case_result
{
    std::string name;
    std::string unit;
    std::vector<row> rows;
    std::vector<target> targets;

    /// The system's row if it has figures.
    const row* find(const std::string& system) const;
};

/// Repeats the case `runs` times, its systems taking turns, each repetition in a process of its own: what disturbs the
/// machine for a while disturbs all of them. A system that fails once is left out from then on.
case_result run_case(const bench_case& what, const settings& options);

} // namespace weft::bench

#endif
