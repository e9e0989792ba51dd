// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/preemptible.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "cases.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

namespace weft::bench
{
namespace
{

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto tick = 1ms;

/// Some 20 ms of arithmetic that no compiler can shorten.
double compute()
{
    double value = 1;
    for (int i = 0; i < 4'000'000; ++i)
    {
        value = value * 1.000'000'1 + 1e-9;
        asm volatile("" : "+m"(value));
    }
    return value;
}

double milliseconds(clock::time_point since)
{
    return std::chrono::duration<double, std::milli>(clock::now() - since).count();
}

/// Per cent that a calculation takes longer in a region, alone on its scheduler: in turns, and the shortest of each.
double overhead(effort wanted)
{
    double outside = 1e9;
    double inside = 1e9;
    run([&] {
        const int turns = wanted == effort::full ? 40 : 5;
        for (int i = 0; i < turns; ++i)
        {
            auto begin = clock::now();
            compute();
            outside = std::min(outside, milliseconds(begin));
            const preemptible region(tick);
            begin = clock::now();
            compute();
            inside = std::min(inside, milliseconds(begin));
        }
    });
    return (inside / outside - 1) * 100;
}

/// Microseconds that a fiber comes too late from its sleep beside a calculation, the median.
double latency(effort wanted)
{
    std::vector<double> late(wanted == effort::full ? 400 : 40);
    run([&] {
        std::atomic<bool> told = false;
        fiber calculation([&told] {
            const preemptible region(tick);
            while (!told.load(std::memory_order_relaxed))
            {
            }
        });
        for (auto& each : late)
        {
            const auto due = clock::now() + 3 * tick / 2;
            this_fiber::sleep_until(due);
            each = milliseconds(due) * 1000;
        }
        told = true;
        calculation.join();
    });
    const auto middle = late.begin() + static_cast<std::ptrdiff_t>(late.size() / 2);
    std::nth_element(late.begin(), middle, late.end());
    return *middle;
}

} // namespace

void add_preempt_cases(registry& all)
{
    if (!preemptible::is_supported())
    {
        return;
    }
    all.add("preempt/overhead", "%")
        .measured("weft", overhead, "a calculation inside against outside of a region, tick 1 ms")
        .at_most(1);
    all.add("preempt/latency", "us")
        .measured("weft", latency, "how late a sleeper runs beside a calculation, tick 1 ms")
        .at_most(1100);
}

} // namespace weft::bench
