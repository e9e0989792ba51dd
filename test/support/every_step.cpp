// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/every_step.hpp"

#include <weft/fiber/spawn.hpp>

#include "support/allocation_counter.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace weft::test
{
namespace
{

using weft::detail::fiber_record;
using weft::detail::scheduler_core;
using weft::detail::wait_kind;
using weft::detail::wait_ticket;

/// Counts the waits of a run.
class wait_counter
{
public:
    /// Of the fibers that a scenario has started; it itself is the first of its scheduler.
    explicit wait_counter(bool includes_scenario) : includes_scenario_(includes_scenario)
    {
        known_.reserve(100); // what is allocated during the run counts as left behind
    }

    /// The wait that has begun since the last call. No record if there is none.
    struct wait
    {
        fiber_record* who = nullptr;
        wait_ticket ticket = 0;
    };
    wait newest(scheduler_core& core)
    {
        wait found;
        core.for_each_live([&](fiber_record& fiber) {
            first_ = std::min(first_, fiber.id);
            if (includes_scenario_ || fiber.id != first_)
            {
                // The tear-down ends patient ones too.
                auto ticket = fiber.waiting_as(wait_kind::interruptible);
                if (ticket == 0 && includes_scenario_)
                {
                    ticket = fiber.waiting_as(wait_kind::patient);
                }
                if (ticket != 0 && is_new(fiber.id, ticket))
                {
                    found = {&fiber, ticket};
                }
            }
        });
        return found;
    }

private:
    struct known_wait
    {
        std::uint64_t fiber;
        wait_ticket ticket;
    };

    bool is_new(std::uint64_t fiber, wait_ticket ticket)
    {
        const auto known =
            std::find_if(known_.begin(), known_.end(), [fiber](const known_wait& one) { return one.fiber == fiber; });
        if (known == known_.end())
        {
            known_.push_back({fiber, ticket});
            return true;
        }
        return std::exchange(known->ticket, ticket) != ticket;
    }

    const bool includes_scenario_;
    std::uint64_t first_ = std::numeric_limits<std::uint64_t>::max();
    std::vector<known_wait> known_;
};

constexpr int most_steps = 10'000;

bool report(const run_result& result, std::string_view how, int n)
{
    if (result.violation != nullptr)
    {
        BOOST_ERROR(how << ' ' << n << ": " << result.violation);
    }
    if (result.leaked != 0)
    {
        BOOST_ERROR(how << ' ' << n << ": " << result.leaked << " allocations left");
    }
    return static_cast<bool>(result);
}

/// Calls `run(n)` for n = 1, 2, … until it says that there is no such step; returns how many there were. Ends at the
/// first failure.
template <class Run>
int for_all_steps(std::string_view how, Run run)
{
    for (int n = 1; n != most_steps; ++n)
    {
        bool reached = false;
        const auto result = run(n, reached);
        if (!report(result, how, n) || !reached)
        {
            return n - 1;
        }
    }
    BOOST_ERROR(how << ": the scenario does not end");
    return most_steps;
}

/// Cancels a fiber that has been woken from this wait and has not ended since. False if it still waits.
bool cancel_once_woken(scheduler_core& core, std::uint64_t id, wait_ticket ticket)
{
    bool over = true;
    core.for_each_live([&](fiber_record& fiber) {
        if (fiber.id == id)
        {
            over = fiber.waiting_as(wait_kind::interruptible) != ticket;
            if (over)
            {
                weft::detail::request_cancel(fiber, weft::cancel_reasons::requested);
            }
        }
    });
    return over;
}

run_result cancelled_at(int n, bool& reached, bool once_woken, const std::function<void()>& scenario)
{
    wait_counter waits(false);
    int count = 0;
    std::uint64_t chosen = 0; // not the record: it may end in the slice that wakes it
    wait_ticket ticket = 0;
    return run_scenario(scenario, {.may_abort = true, .look = [&](scheduler_core& core, auto&) {
                                       if (ticket != 0)
                                       {
                                           if (cancel_once_woken(core, chosen, ticket))
                                           {
                                               ticket = 0;
                                           }
                                           return;
                                       }
                                       const auto begun = waits.newest(core);
                                       if (begun.who != nullptr && ++count == n)
                                       {
                                           reached = true;
                                           if (once_woken)
                                           {
                                               chosen = begun.who->id;
                                               ticket = begun.ticket;
                                           }
                                           else
                                           {
                                               weft::detail::request_cancel(*begun.who,
                                                                            weft::cancel_reasons::requested);
                                           }
                                       }
                                   }});
}

run_result torn_down_at(int n, bool& reached, const std::function<void()>& scenario)
{
    wait_counter waits(true);
    int count = 0;
    return run_scenario(scenario, {.may_abort = true, .look = [&](scheduler_core& core, boost::asio::io_context& io) {
                                       if (waits.newest(core).who != nullptr && ++count == n)
                                       {
                                           reached = true;
                                           io.stop();
                                       }
                                   }});
}

} // namespace

interruptions every_step(const std::function<void()>& scenario)
{
    interruptions result;
    run_scenario(scenario, {}); // what is made once for all
    if (!report(run_scenario(scenario, {}), "uninterrupted run", 0))
    {
        return result;
    }
    result.while_waiting = for_all_steps(
        "cancelled in wait", [&](int n, bool& reached) { return cancelled_at(n, reached, false, scenario); });
    result.once_woken = for_all_steps("cancelled after wait",
                                      [&](int n, bool& reached) { return cancelled_at(n, reached, true, scenario); });
    result.torn_down =
        for_all_steps("torn down in wait", [&](int n, bool& reached) { return torn_down_at(n, reached, scenario); });
    if (allocations_can_fail())
    {
        result.out_of_memory = for_all_steps("failing allocation", [&](int n, bool& reached) {
            return run_scenario(scenario, {.may_abort = true,
                                           .failing_allocation = static_cast<std::uint64_t>(n),
                                           .look = {},
                                           .allocation_failed = &reached});
        });
    }
    return result;
}

void check_all(const interruptions& done)
{
    BOOST_TEST(done.while_waiting > 0);
    BOOST_TEST(done.once_woken == done.while_waiting);
    BOOST_TEST(done.torn_down > done.while_waiting);
    BOOST_TEST((done.out_of_memory > 0 || !allocations_can_fail()));
}

} // namespace weft::test
