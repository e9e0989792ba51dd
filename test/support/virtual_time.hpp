// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_VIRTUAL_TIME_HPP
#define WEFT_TEST_SUPPORT_VIRTUAL_TIME_HPP

#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/recorder.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace weft::test
{

/// Of fibers or of threads.
template <class Joinables>
void join_all(Joinables& all)
{
    for (auto& one : all)
    {
        one.join();
    }
}

/// A fixture: a record of what happened, and programs in virtual time that must leave no fiber behind.
struct virtual_time : recorder
{
    explicit virtual_time(manual_clock::when_idle behaviour = manual_clock::when_idle::jump) : clock(behaviour) {}

    /// Virtual milliseconds since the beginning of the test.
    long long milliseconds() const
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - start).count();
    }

    /// Notes `what@<virtual milliseconds>`.
    void note_time(std::string_view what)
    {
        note(std::string(what) + '@', milliseconds());
    }

    /// `weft::run`, and nothing is left when it has returned or thrown.
    template <class F>
    auto run(F&& function)
    {
        struct nothing_left
        {
            std::optional<scheduler> used;
            ~nothing_left()
            {
                const auto counters = used->counters();
                BOOST_TEST(counters.live == 0U);
                BOOST_TEST(counters.ready == 0U);
                BOOST_TEST(counters.suspended == 0U);
            }
        } check;
        return weft::run(
            [&check, &function] {
                check.used = scheduler::current();
                return std::invoke(std::forward<F>(function));
            },
            {.clock = &clock});
    }

    manual_clock clock;
    const manual_clock::time_point start = clock.now();
};

/// As `virtual_time`, with a clock that only `advance` moves.
struct standing_time : virtual_time
{
    standing_time() : virtual_time(manual_clock::when_idle::stand) {}
};

} // namespace weft::test

#endif
