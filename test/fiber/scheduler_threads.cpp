// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::scheduler;

namespace
{

/// Threads that run an io_context until nothing is left.
template <class F>
void run_by(int threads, asio::io_context& io, F start)
{
    start();
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i)
    {
        all.emplace_back([&io] { io.run(); });
    }
    join_all(all);
}

__attribute__((noinline)) std::thread::id current_thread()
{
    __asm__ volatile("" ::: "memory");
    return std::this_thread::get_id();
}

/// Leaves the round: what follows runs in another handler, perhaps on another thread.
void leave_round(asio::io_context& io)
{
    this_fiber::suspend([&io](weft::waker mine) { asio::post(io, [mine] { mine(); }); });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(scheduler_threads, virtual_time)

// V3: all fibers of one loop run on one thread.
WEFT_OWN_THREAD_TEST_CASE(V3_one_driving_thread_means_one_thread_for_all_fibers)
{
    std::set<std::thread::id> seen;
    drive(driver, clock, [&seen] {
        std::vector<fiber> all;
        for (int i = 0; i < 10; ++i)
        {
            all.emplace_back([&seen, i] {
                seen.insert(current_thread());
                this_fiber::yield();
                this_fiber::sleep_for(std::chrono::milliseconds(i));
                seen.insert(current_thread());
            });
        }
        join_all(all);
    });
    BOOST_TEST((seen == std::set<std::thread::id>{std::this_thread::get_id()}));
}

// V3, V11: plain data needs no lock between two waits, whatever the number of threads.
WEFT_DRIVEN_TEST_CASE(V11_plain_data_between_two_waits)
{
    int balance = 0;
    int largest = 0;
    long long steps = 0;
    drive(driver, clock, [&] {
        std::vector<fiber> all;
        for (int i = 0; i < 20; ++i)
        {
            all.emplace_back([&, i] {
                for (int n = 0; n < 50; ++n)
                {
                    // Not atomic, and inconsistent in between.
                    balance += i;
                    largest = std::max(largest, balance);
                    ++steps;
                    balance -= i;
                    if (n % 10 == 0)
                    {
                        this_fiber::sleep_for(1us);
                    }
                    else
                    {
                        this_fiber::yield();
                    }
                }
            });
        }
        join_all(all);
    });
    BOOST_TEST(balance == 0);
    BOOST_TEST(largest == 19);
    BOOST_TEST(steps == 1000);
}

BOOST_AUTO_TEST_CASE(fibers_that_change_threads_still_never_run_at_the_same_time)
{
    asio::io_context io;
    int inside = 0; // no lock: one scheduler
    bool overlapped = false;
    std::set<std::thread::id> seen;
    run_by(3, io, [&] {
        for (int i = 0; i < 6; ++i)
        {
            weft::spawn(io, [&] {
                for (int n = 0; n < 100; ++n)
                {
                    overlapped = overlapped || ++inside != 1;
                    seen.insert(current_thread());
                    --inside;
                    leave_round(io);
                }
            });
        }
    });
    BOOST_TEST(!overlapped);
    BOOST_TEST(seen.size() >= 1U);
    BOOST_TEST(seen.size() <= 3U);
    BOOST_TEST(scheduler::of(io).counters().live == 0U);
}

BOOST_AUTO_TEST_CASE(several_schedulers_on_several_threads)
{
    asio::io_context io;
    constexpr int schedulers = 4;
    std::vector<int> counts(schedulers); // each belongs to one scheduler
    run_by(3, io, [&] {
        for (int i = 0; i < schedulers; ++i)
        {
            const scheduler own(io.get_executor());
            for (int f = 0; f < 5; ++f)
            {
                weft::spawn(own, [&, i] {
                    for (int n = 0; n < 100; ++n)
                    {
                        ++counts[static_cast<std::size_t>(i)];
                        n % 5 == 0 ? leave_round(io) : this_fiber::yield();
                    }
                });
            }
        }
    });
    for (const int one : counts)
    {
        BOOST_TEST(one == 500);
    }
}

BOOST_AUTO_TEST_CASE(waking_across_schedulers)
{
    asio::io_context one;
    asio::io_context two;
    weft::waker of_two;
    weft::spawn(two, [&] {
        note("waits");
        this_fiber::suspend([&](weft::waker mine) { of_two = std::move(mine); });
        note("woken");
    });
    two.poll();
    weft::spawn(one, [&] {
        note("wakes");
        note(of_two() ? "won" : "?");
    });
    one.run();
    note("one");
    two.run();
    BOOST_TEST(line() == "waits wakes won one woken");
}

BOOST_AUTO_TEST_CASE(two_schedulers_of_one_io_context_wake_each_other)
{
    asio::io_context io;
    weft::waker ping;
    weft::waker pong;
    const auto wait = [](weft::waker& where) {
        this_fiber::suspend([&where](weft::waker mine) { where = std::move(mine); });
    };
    weft::spawn(weft::solo(io), [&] {
        for (int i = 0; i < 3; ++i)
        {
            wait(ping);
            note("ping", i);
            pong();
        }
    });
    weft::spawn(weft::solo(io), [&] {
        for (int i = 0; i < 3; ++i)
        {
            ping();
            wait(pong);
            note("pong", i);
        }
    });
    io.run();
    BOOST_TEST(line() == "ping0 pong0 ping1 pong1 ping2 pong2");
}

BOOST_AUTO_TEST_CASE(two_io_contexts_on_two_threads_wake_each_other)
{
    asio::io_context io;
    asio::io_context other;
    auto keep_other = asio::make_work_guard(other);
    std::thread runner([&other] { other.run(); });
    std::atomic<int> reached = 0;
    weft::spawn(io, [&] {
        for (int i = 0; i < 200; ++i)
        {
            this_fiber::suspend([&](weft::waker mine) {
                weft::spawn(other, [mine = std::move(mine), &reached] {
                    ++reached;
                    mine();
                });
            });
        }
        keep_other.reset();
    });
    io.run();
    runner.join();
    BOOST_TEST(reached.load() == 200);
}

BOOST_AUTO_TEST_CASE(joining_and_cancelling_across_threads)
{
    asio::io_context io;
    asio::io_context other;
    std::atomic<fiber*> shared = nullptr;
    bool was_aborted = false;
    fiber sleeper;
    weft::spawn(other, [&] {
        sleeper = fiber([&was_aborted] { was_aborted = error_of([] { this_fiber::sleep_for(24h); }) == aborted; });
        this_fiber::yield();
        shared = &sleeper;
    });
    std::thread runner([&other] { other.run(); });
    weft::spawn(io, [&] {
        while (shared.load() == nullptr)
        {
            this_fiber::yield();
        }
        shared.load()->cancel();
        shared.load()->join();
    });
    io.run();
    runner.join();
    BOOST_TEST(was_aborted);
}

BOOST_AUTO_TEST_SUITE_END()
