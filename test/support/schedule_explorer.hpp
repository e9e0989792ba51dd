// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_SCHEDULE_EXPLORER_HPP
#define WEFT_TEST_SUPPORT_SCHEDULE_EXPLORER_HPP

#include "support/crew.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace weft::test
{

/// Which of the ready fibers ran next, as places in the queue, at each point where there was more than one.
using schedule = std::vector<std::uint16_t>;

/// What an exploration has done.
struct explored
{
    std::uint64_t schedules = 0;
    bool complete = false; ///< there are no others within the bound
};

// Both run a scenario, as for `every_step` but uninterrupted, again and again, each time with another order of its ready
// fibers. The scenario marks with `step()` where others may run besides its waits; `require` says what must hold in any
// order. The first schedule that fails is an error of the current Boost.Test case and ends the exploration; it can be
// looked at with `run_schedule`. Only on the test's own thread, outside of fibers.

/// All orders in which at most `preemptions` times another fiber ran than the one whose turn it was. Stops at `most`.
explored explore_all(unsigned preemptions, const std::function<void()>& scenario, std::uint64_t most = 100'000);

/// Random orders: any ready fiber is as likely as any other.
explored explore_random(std::uint64_t seed, std::uint64_t schedules, const std::function<void()>& scenario);

/// Runs the scenario in the given order; beyond its end, in the scheduler's own.
run_result run_schedule(const schedule& order, const std::function<void()>& scenario);

} // namespace weft::test

#endif
