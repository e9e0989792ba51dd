// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/fiber/waker.hpp>

#include "support/allocation_counter.hpp"
#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

constexpr int warm_up = 50;
constexpr int measured = 500;

/// How many allocations one more of these costs, after some have warmed everything up.
template <class Step>
std::uint64_t allocations_of(Step step)
{
    for (int i = 0; i < warm_up; ++i)
    {
        step();
    }
    const auto before = allocation_count();
    for (int i = 0; i < measured; ++i)
    {
        step();
    }
    return allocation_count() - before;
}

} // namespace

// No allocation per yield, wait, wake, timer and spawn in steady state.
BOOST_FIXTURE_TEST_SUITE(steady_state, virtual_time)

BOOST_AUTO_TEST_CASE(yield)
{
    run([] {
        bool stop = false;
        fiber other([&stop] {
            while (!stop)
            {
                this_fiber::yield();
            }
        });
        BOOST_TEST(allocations_of([] { this_fiber::yield(); }) == 0U);
        stop = true;
        other.join();
    });
}

BOOST_AUTO_TEST_CASE(sleeps_of_many_fibers_in_virtual_time)
{
    run([] {
        bool stop = false;
        std::vector<fiber> others;
        for (int i = 1; i <= 20; ++i)
        {
            others.emplace_back([&stop, i] {
                while (!stop)
                {
                    this_fiber::sleep_for(std::chrono::milliseconds(i));
                }
            });
        }
        BOOST_TEST(allocations_of([] { this_fiber::sleep_for(1ms); }) == 0U);
        stop = true;
        join_all(others);
    });
}

BOOST_AUTO_TEST_CASE(sleeps_in_real_time)
{
    weft::run([] { BOOST_TEST(allocations_of([] { this_fiber::sleep_for(1us); }) == 0U); });
}

BOOST_AUTO_TEST_CASE(timers_that_do_not_fire)
{
    run([] {
        weft::wait_queue queue;
        bool stop = false;
        fiber waiter([&] {
            while (!stop)
            {
                const weft::deadline limit(2h);
                queue.wait_unless([] { return false; },
                                  {weft::detail::wait_kind::interruptible, this_fiber::now() + 1h});
            }
        });
        BOOST_TEST(allocations_of([&queue] {
                       this_fiber::yield();
                       queue.notify_one();
                   }) == 0U);
        stop = true;
        this_fiber::yield();
        queue.notify_all();
        waiter.join();
    });
}

BOOST_AUTO_TEST_CASE(suspend_and_wake)
{
    run([] {
        weft::waker wakes;
        bool stop = false;
        fiber sleeper([&] {
            while (!stop)
            {
                this_fiber::suspend([&wakes](weft::waker mine) { wakes = std::move(mine); });
            }
        });
        BOOST_TEST(allocations_of([&wakes] {
                       this_fiber::yield();
                       wakes();
                   }) == 0U);
        stop = true;
        this_fiber::yield();
        wakes();
        sleeper.join();
    });
}

BOOST_AUTO_TEST_CASE(wakes_from_outside_of_the_round)
{
    boost::asio::io_context io;
    weft::waker wakes;
    bool stop = false;
    weft::spawn(io, [&] {
        while (!stop)
        {
            this_fiber::suspend([&wakes](weft::waker mine) { wakes = std::move(mine); });
        }
    });
    io.poll();
    // Each wake posts the pump.
    BOOST_TEST(allocations_of([&] {
                   wakes();
                   io.poll();
               }) == 0U);
    stop = true;
    wakes();
    io.poll();
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(spawn_and_join)
{
    run([] {
        int runs = 0;
        BOOST_TEST(allocations_of([&runs] { fiber([&runs] { ++runs; }).join(); }) == 0U);
        BOOST_TEST(allocations_of([&runs] { fiber(weft::launch::dispatch, [&runs] { ++runs; }).join(); }) == 0U);
        BOOST_TEST(runs == 2 * (warm_up + measured));
    });
}

BOOST_AUTO_TEST_SUITE_END()
