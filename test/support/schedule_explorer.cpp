// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/schedule_explorer.hpp"

#include "support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>

namespace weft::test
{
namespace
{

using weft::detail::fiber_record;
using weft::detail::ready_queue;

/// Moves the fiber at `place` to the front; the others keep their order.
void bring_to_front(ready_queue& ready, std::size_t place)
{
    ready_queue before;
    for (; place != 0; --place)
    {
        before.push_back(*ready.pop_front());
    }
    const auto chosen = ready.pop_front();
    while (const auto one = ready.pop_front())
    {
        before.push_back(*one);
    }
    ready = before;
    ready.push_front(*chosen);
}

/// Runs with `choose(how_many_are_ready)` at each point where there is a choice.
template <class Choose>
run_result run_choosing(const std::function<void()>& scenario, Choose choose)
{
    return run_scenario(scenario, {.look = [&](weft::detail::scheduler_core& core, auto&) {
                            const auto ready = core.ready.size();
                            if (ready > 1)
                            {
                                bring_to_front(core.ready, choose(ready));
                            }
                        }});
}

bool report(const run_result& result, const schedule& order)
{
    if (result)
    {
        return true;
    }
    std::ostringstream text;
    for (const auto place : order)
    {
        text << place << ',';
    }
    BOOST_ERROR("schedule {" << text.str()
                             << "}: " << (result.violation != nullptr ? result.violation : "allocations left"));
    return false;
}

/// One schedule, and how many there were to choose from at each of its points.
struct trace
{
    schedule order;
    std::vector<std::uint16_t> ready;
};

/// The next one in depth-first order with at most so many places other than the first; false if there is none.
bool advance(trace& last, unsigned preemptions)
{
    while (!last.order.empty())
    {
        auto& place = last.order.back();
        const auto deviations =
            std::count_if(last.order.begin(), last.order.end() - 1, [](std::uint16_t one) { return one != 0; });
        if (place + 1 < last.ready.back() && static_cast<unsigned>(deviations) < preemptions)
        {
            ++place;
            return true;
        }
        last.order.pop_back();
        last.ready.pop_back();
    }
    return false;
}

} // namespace

explored explore_all(unsigned preemptions, const std::function<void()>& scenario, std::uint64_t most)
{
    run_scenario(scenario, {}); // what is made once for all
    explored done;
    trace now;
    // What is allocated during a run counts as left behind.
    now.order.reserve(10'000);
    now.ready.reserve(10'000);
    do
    {
        const auto given = now.order.size();
        std::size_t point = 0;
        now.ready.resize(given);
        const auto result = run_choosing(scenario, [&](std::size_t ready) {
            if (point == now.order.size())
            {
                now.order.push_back(0);
                now.ready.push_back(static_cast<std::uint16_t>(ready));
            }
            return now.order[point++];
        });
        ++done.schedules;
        if (!report(result, now.order))
        {
            return done;
        }
        if (point < given)
        {
            BOOST_ERROR("the scenario is not the same program each time");
            return done;
        }
        if (done.schedules == most)
        {
            return done;
        }
    } while (advance(now, preemptions));
    done.complete = true;
    return done;
}

explored explore_random(std::uint64_t seed, std::uint64_t schedules, const std::function<void()>& scenario)
{
    run_scenario(scenario, {});
    explored done;
    std::mt19937_64 random(seed);
    schedule order;
    order.reserve(10'000);
    while (done.schedules != schedules)
    {
        order.clear();
        const auto result = run_choosing(scenario, [&](std::size_t ready) {
            const auto place = below(ready, random);
            order.push_back(static_cast<std::uint16_t>(place));
            return place;
        });
        ++done.schedules;
        if (!report(result, order))
        {
            break;
        }
    }
    return done;
}

run_result run_schedule(const schedule& order, const std::function<void()>& scenario)
{
    std::size_t point = 0;
    return run_choosing(scenario, [&](std::size_t ready) -> std::size_t {
        const std::size_t place = point < order.size() ? order[point] : 0U;
        ++point;
        return std::min(place, ready - 1);
    });
}

} // namespace weft::test
