// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/log/rate_limit.hpp>

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using weft::log::rate_limit;

namespace
{

constexpr rate_limit::clock::time_point at(std::chrono::nanoseconds since_start)
{
    return rate_limit::clock::time_point(since_start);
}

using outcome = std::optional<std::uint64_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(rate_limit_one_thread)

BOOST_AUTO_TEST_CASE(first_passes_then_one_per_interval_with_the_count_of_the_others)
{
    rate_limit limit;
    std::vector<outcome> outcomes;
    for (const auto moment : {0ms, 1ms, 99ms, 100ms, 100ms, 199ms, 350ms, 351ms, 450ms})
    {
        outcomes.push_back(limit.admit(at(moment), 100ms));
    }
    const std::vector<outcome> expected{0, {}, {}, 2, {}, {}, 2, {}, 1};
    BOOST_TEST((outcomes == expected));
}

BOOST_AUTO_TEST_CASE(a_clock_before_its_epoch)
{
    rate_limit limit;
    BOOST_TEST((limit.admit(at(-10s), 1s) == outcome(0)));
    BOOST_TEST((limit.admit(at(-9s - 1ns), 1s) == outcome()));
    BOOST_TEST((limit.admit(at(-9s), 1s) == outcome(1)));
}

BOOST_AUTO_TEST_CASE(no_interval_holds_nothing_back)
{
    rate_limit limit;
    for (int i = 0; i != 3; ++i)
    {
        BOOST_TEST((limit.admit(at(5ms), 0ns) == outcome(0)));
        BOOST_TEST((limit.admit(at(5ms), -1s) == outcome(0)));
    }
}

BOOST_AUTO_TEST_CASE(an_endless_interval_lets_one_pass)
{
    rate_limit limit;
    BOOST_TEST((limit.admit(at(1h), std::chrono::nanoseconds::max()) == outcome(0)));
    BOOST_TEST((limit.admit(at(200000h), std::chrono::nanoseconds::max()) == outcome()));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(rate_limit_threads)

BOOST_AUTO_TEST_CASE(every_event_passes_or_is_counted_once)
{
    constexpr int thread_count = 4;
    constexpr int rounds = 5000;
    rate_limit limit;
    struct tally
    {
        std::uint64_t passed = 0;
        std::uint64_t reported = 0;
    };
    std::array<tally, thread_count> tallies;
    std::vector<std::thread> threads;
    threads.reserve(thread_count);
    for (tally& mine : tallies)
    {
        threads.emplace_back([&limit, &mine] {
            for (int round = 0; round != rounds; ++round)
            {
                if (const auto held_back = limit.admit(at(round * 1ms), 10ms))
                {
                    ++mine.passed;
                    mine.reported += *held_back;
                }
            }
        });
    }
    for (std::thread& each : threads)
    {
        each.join();
    }
    const outcome last = limit.admit(at(24h), 10ms);
    BOOST_REQUIRE(last.has_value());

    tally sum{1, *last};
    for (const tally& each : tallies)
    {
        sum.passed += each.passed;
        sum.reported += each.reported;
    }
    BOOST_TEST(sum.passed + sum.reported == thread_count * rounds + 1U);
    // One for each interval that the time ran through, and the last.
    BOOST_TEST(sum.passed <= rounds / 10 + 1U);
}

BOOST_AUTO_TEST_SUITE_END()
