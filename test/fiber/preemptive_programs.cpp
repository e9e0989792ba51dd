// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// P7: the four programs that come with the library of P1 to P7, each as a test of the same behaviour.

#include <weft/fiber/preemptible.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/mutex.hpp>

#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

using namespace std::chrono_literals;
using weft::preemptible;
using weft::preemption_blocker;
using weft::this_thread_preemptions;
namespace this_fiber = weft::this_fiber;

namespace
{

constexpr auto tick = 200us;

boost::test_tools::assertion_result is_supported(boost::unit_test::test_unit_id)
{
    return preemptible::is_supported();
}

std::uint64_t fibonacci(unsigned n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(preemptive_programs, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(P7_yield)
{
    run([this] {
        std::vector<weft::fiber> all;
        for (const char* name : {"a", "b", "c"})
        {
            all.emplace_back([this, name] {
                for (int i = 1; i <= 3; ++i)
                {
                    note(name, i);
                    this_fiber::yield();
                }
            });
        }
        weft::test::join_all(all);
    });
    BOOST_TEST(line() == "a1 b1 c1 a2 b2 c2 a3 b3 c3");
}

BOOST_AUTO_TEST_CASE(P7_preempted_calculation, *boost::unit_test::precondition(is_supported))
{
    // None of them yields; each goes on until all have begun and a turn has ended.
    weft::run([] {
        std::atomic<int> begun = 0;
        std::array<std::uint64_t, 3> results{};
        std::vector<weft::fiber> all;
        for (auto& result : results)
        {
            all.emplace_back([&begun, &result] {
                const preemptible region(tick);
                ++begun;
                do
                {
                    result = fibonacci(18);
                } while (begun != 3);
            });
        }
        weft::test::join_all(all);
        for (const auto result : results)
        {
            BOOST_TEST(result == 2584U);
        }
        BOOST_TEST(this_thread_preemptions().preemptions >= 2U);
    });
}

BOOST_AUTO_TEST_CASE(P7_mutex, *boost::unit_test::precondition(is_supported))
{
    // A counter that is not atomic, and turns that end while it is being changed.
    constexpr int additions = 2000;
    weft::run([] {
        weft::mutex lock;
        long counter = 0;
        std::vector<weft::fiber> all;
        for (int i = 0; i < 4; ++i)
        {
            all.emplace_back([&] {
                const preemptible region(tick);
                for (int n = 0; n < additions; ++n)
                {
                    const preemption_blocker to_lock;
                    const std::lock_guard held(lock);
                    const auto before = counter;
                    if (n % 100 == 0)
                    {
                        this_fiber::yield(); // with the lock held
                    }
                    counter = before + 1;
                }
            });
        }
        weft::test::join_all(all);
        BOOST_TEST(counter == 4 * additions);
    });
}

BOOST_AUTO_TEST_CASE(P7_condition, *boost::unit_test::precondition(is_supported))
{
    // Producers that compute what consumers wait for.
    constexpr int items = 50;
    weft::run([] {
        weft::mutex lock;
        weft::condition_variable changed;
        std::vector<std::uint64_t> stock;
        std::uint64_t taken = 0;
        const auto produce = [&] {
            const preemptible region(tick);
            for (int i = 0; i < items; ++i)
            {
                const auto item = fibonacci(15);
                const preemption_blocker to_hand_over;
                const std::lock_guard held(lock);
                stock.push_back(item);
                changed.notify_one();
            }
        };
        const auto consume = [&] {
            for (int i = 0; i < items; ++i)
            {
                std::unique_lock held(lock);
                changed.wait(held, [&] { return !stock.empty(); });
                taken += stock.back();
                stock.pop_back();
            }
        };
        weft::fiber consumers[] = {weft::fiber(consume), weft::fiber(consume)};
        weft::fiber producers[] = {weft::fiber(produce), weft::fiber(produce)};
        weft::test::join_all(producers);
        weft::test::join_all(consumers);
        BOOST_TEST(taken == 2U * items * 610U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
