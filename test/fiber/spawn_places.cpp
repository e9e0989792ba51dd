// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "support/recorder.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::scheduler;
using weft::solo;

BOOST_FIXTURE_TEST_SUITE(spawn_places, recorder)

BOOST_AUTO_TEST_CASE(an_io_context_and_its_executors_mean_one_scheduler)
{
    asio::io_context io;
    const auto own = scheduler::of(io);
    int same = 0;
    const auto compare = [&same, &own] { same += scheduler::current() == own ? 1 : 0; };
    weft::spawn(io, compare);
    weft::spawn(io.get_executor(), compare);
    weft::spawn(asio::any_io_executor(io.get_executor()), compare);
    weft::spawn(own, compare);
    weft::spawn(scheduler::of(io), compare);
    io.run();
    BOOST_TEST(same == 5);
    BOOST_TEST(own.counters().spawned == 5U);
}

BOOST_AUTO_TEST_CASE(a_strand_and_solo_give_a_scheduler_of_their_own)
{
    asio::io_context io;
    const auto own = scheduler::of(io);
    std::vector<scheduler> seen;
    const auto remember = [&seen] { seen.push_back(scheduler::current()); };
    weft::spawn(asio::make_strand(io), remember);
    weft::spawn(asio::any_io_executor(asio::make_strand(io.get_executor())), remember);
    weft::spawn(solo(io), remember);
    weft::spawn(solo(io.get_executor()), remember);
    weft::spawn(solo(asio::make_strand(io)), remember);
    io.run();
    BOOST_REQUIRE(seen.size() == 5U);
    for (std::size_t i = 0; i < seen.size(); ++i)
    {
        BOOST_TEST(!(seen[i] == own));
        for (std::size_t j = 0; j < i; ++j)
        {
            BOOST_TEST(!(seen[i] == seen[j]));
        }
        BOOST_TEST(seen[i].counters().spawned == 1U);
        BOOST_TEST(seen[i].counters().live == 0U);
    }
}

BOOST_AUTO_TEST_CASE(children_stay_with_the_scheduler_of_their_maker)
{
    asio::io_context io;
    bool same = false;
    weft::spawn(solo(io), [&same] {
        const auto mine = scheduler::current();
        weft::fiber child([&same, &mine] { same = scheduler::current() == mine; });
        child.join();
    });
    io.run();
    BOOST_TEST(same);
}

BOOST_AUTO_TEST_CASE(on_a_thread_pool)
{
    asio::thread_pool pool(2);
    auto result = weft::spawn(
        pool.get_executor(),
        [] {
            weft::fiber child([] { this_fiber::sleep_for(1us); });
            child.join();
            return std::this_thread::get_id();
        },
        asio::use_future);
    BOOST_TEST((result.get() != std::this_thread::get_id()));
    pool.join();
}

BOOST_AUTO_TEST_CASE(a_scheduler_on_a_thread_pool_serves_many)
{
    asio::thread_pool pool(3);
    long sum = 0; // no lock: all its fibers belong to one scheduler
    {
        const scheduler shared(pool.get_executor());
        for (int i = 0; i < 50; ++i)
        {
            weft::spawn(shared, [&sum] {
                for (int n = 0; n < 20; ++n)
                {
                    ++sum;
                    this_fiber::yield();
                }
            });
        }
    }
    pool.join();
    BOOST_TEST(sum == 1000);
}

BOOST_AUTO_TEST_CASE(on_the_system_executor)
{
    auto result = weft::spawn(
        asio::any_io_executor(asio::system_executor()),
        [] {
            this_fiber::yield();
            this_fiber::sleep_for(1us);
            return 3;
        },
        asio::use_future);
    BOOST_TEST(result.get() == 3);
}

BOOST_AUTO_TEST_CASE(fibers_on_a_strand_exclude_its_handlers)
{
    asio::thread_pool pool(3);
    const auto strand = asio::make_strand(pool);
    int shared = 0; // guarded by the strand
    for (int i = 0; i < 20; ++i)
    {
        weft::spawn(strand, [&shared] {
            for (int n = 0; n < 20; ++n)
            {
                ++shared;
                this_fiber::yield();
            }
        });
        asio::post(strand, [&shared] { ++shared; });
    }
    pool.join();
    BOOST_TEST(shared == 20 * 20 + 20);
}

BOOST_AUTO_TEST_CASE(solo_fibers_run_in_parallel)
{
    asio::io_context io;
    std::atomic<int> here = 0;
    // Each waits, with its thread, until the other is there: that ends only if two threads run them at the same time.
    const auto meet = [&here] {
        ++here;
        while (here.load() < 2)
        {
            std::this_thread::yield();
        }
    };
    weft::spawn(solo(io), meet);
    weft::spawn(solo(io), meet);
    std::thread second([&io] { io.run(); });
    io.run();
    second.join();
    BOOST_TEST(here.load() == 2);
}

BOOST_AUTO_TEST_CASE(from_other_threads)
{
    asio::io_context io;
    int runs = 0; // no lock: one scheduler
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
    {
        threads.emplace_back([&io, &runs] {
            for (int n = 0; n < 100; ++n)
            {
                weft::spawn(io, [&runs] { ++runs; });
            }
        });
    }
    for (auto& one : threads)
    {
        one.join();
    }
    io.run();
    BOOST_TEST(runs == 300);
    BOOST_TEST(scheduler::of(io).counters().spawned == 300U);
}

BOOST_AUTO_TEST_CASE(from_a_fiber_and_from_a_handler)
{
    asio::io_context io;
    asio::post(io, [this, &io] { weft::spawn(io, [this] { note("of_handler"); }); });
    weft::spawn(io, [this, &io] {
        weft::spawn(io, [this] { note("of_fiber"); });
        note("fiber");
    });
    io.run();
    BOOST_TEST(line() == "fiber of_handler of_fiber");
}

BOOST_AUTO_TEST_SUITE_END()
