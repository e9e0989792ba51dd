// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/local_mutex.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/recursive_mutex.hpp>
#include <weft/sync/shared_mutex.hpp>

#include "support/drivers.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <deque>
#include <mutex>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

template <class Condition, class Mutex>
struct kind_of
{
    using condition = Condition;
    using mutex = Mutex;
};
using all_kinds = std::tuple<kind_of<weft::condition_variable, weft::mutex>,
                             kind_of<weft::condition_variable_any, weft::recursive_mutex>,
                             kind_of<weft::condition_variable_any, weft::shared_timed_mutex>,
                             kind_of<weft::condition_variable_any, weft::local_mutex>>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(condition_variable_order, virtual_time)

WEFT_DRIVEN_TEST_CASE_TEMPLATE(P5_signal_wakes_the_one_that_has_waited_longest, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    drive(driver, clock, [&] {
        std::vector<fiber> all;
        for (int i = 0; i < 3; ++i)
        {
            all.emplace_back([&, i] {
                std::unique_lock guard(lock);
                changed.wait(guard);
                note("w", i);
            });
        }
        this_fiber::sleep_for(1ms);
        for (int i = 0; i < 3; ++i)
        {
            changed.notify_one();
            note("signal");
            this_fiber::yield();
        }
        join_all(all);
    });
    BOOST_TEST(line() == "signal w0 signal w1 signal w2");
}

WEFT_DRIVEN_TEST_CASE_TEMPLATE(P5_broadcast_wakes_all_in_order, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    drive(driver, clock, [&] {
        std::vector<fiber> all;
        for (int i = 0; i < 4; ++i)
        {
            all.emplace_back([&, i] {
                std::unique_lock guard(lock);
                changed.wait(guard);
                note("w", i);
                this_fiber::sleep_for(1ms); // the others wait for the lock meanwhile
            });
        }
        this_fiber::sleep_for(1ms);
        changed.notify_all();
        note("broadcast");
        join_all(all);
        note_time("end");
    });
    BOOST_TEST(line() == "broadcast w0 w1 w2 w3 end@5");
}

// P7: producers and consumers over a mutex and conditions.
WEFT_DRIVEN_TEST_CASE_TEMPLATE(P7_producers_and_consumers, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    drive(driver, clock, [&] {
        std::deque<int> queue;
        typename Kind::condition not_full;
        long long sum = 0;
        std::vector<fiber> all;
        for (int p = 0; p < 2; ++p)
        {
            all.emplace_back([&, p] {
                for (int i = 0; i < 50; ++i)
                {
                    std::unique_lock guard(lock);
                    not_full.wait(guard, [&] { return queue.size() < 3; });
                    queue.push_back(p * 50 + i);
                    changed.notify_one();
                }
            });
            all.emplace_back([&] {
                for (int i = 0; i < 50; ++i)
                {
                    std::unique_lock guard(lock);
                    changed.wait(guard, [&] { return !queue.empty(); });
                    sum += queue.front();
                    queue.pop_front();
                    not_full.notify_one();
                }
            });
        }
        join_all(all);
        note("sum", sum);
    });
    BOOST_TEST(line() == "sum4950");
}

BOOST_AUTO_TEST_SUITE_END()
