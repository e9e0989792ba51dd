// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>

#include "support/errors.hpp"
#include "support/recorder.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::scheduler;

namespace
{

struct own_io_context : recorder
{
    asio::io_context io;
    const scheduler fibers = scheduler::of(io);

    /// live/ready/suspended
    void note_counters()
    {
        const auto now = fibers.counters();
        note(std::to_string(now.live) + '/' + std::to_string(now.ready) + '/' + std::to_string(now.suspended));
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(scheduler_and_io_context, own_io_context)

BOOST_AUTO_TEST_CASE(counters)
{
    note_counters();
    weft::spawn(io, [this] {
        note_counters();
        fiber waiting([] { this_fiber::sleep_for(1h); });
        fiber ready([] { this_fiber::yield(); });
        note_counters();
        this_fiber::yield();
        note_counters();
        ready.join();
        note_counters();
        waiting.cancel();
        note_counters();
        waiting.join();
        note_counters();
    });
    io.run();
    note_counters();
    BOOST_TEST(line() == "0/0/0 1/0/0 3/2/0 3/1/1 2/0/1 2/1/0 1/0/0 0/0/0");
    const auto end = fibers.counters();
    BOOST_TEST(end.spawned == 3U);
    BOOST_TEST(end.rounds >= 1U);
    BOOST_TEST(end.switches > 3U);
}

BOOST_AUTO_TEST_CASE(nothing_runs_before_the_io_context_does)
{
    weft::spawn(io, [this] { note("fiber"); });
    BOOST_TEST(line().empty());
    BOOST_TEST(fibers.counters().live == 0U);
    BOOST_TEST(io.poll_one() == 1U);
    BOOST_TEST(line() == "fiber");
}

BOOST_AUTO_TEST_CASE(run_one_runs_a_round)
{
    weft::waker wakes;
    weft::spawn(io, [this, &wakes] {
        note("a");
        this_fiber::yield();
        note("b");
        this_fiber::suspend([&wakes](weft::waker mine) { wakes = std::move(mine); });
        note("c");
    });
    BOOST_TEST(io.run_one() == 1U);
    BOOST_TEST(line() == "a b");
    BOOST_TEST(io.poll_one() == 0U);
    BOOST_TEST(!io.stopped()); // the suspended fiber is work
    BOOST_TEST(wakes());
    BOOST_TEST(line() == "a b");
    BOOST_TEST(io.run_one() == 1U);
    BOOST_TEST(line() == "a b c");
    BOOST_TEST(io.run_one() == 0U);
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(poll_runs_what_is_ready_and_does_not_wait)
{
    weft::waker wakes;
    weft::spawn(io, [this, &wakes] {
        note("a");
        this_fiber::suspend([&wakes](weft::waker mine) { wakes = std::move(mine); });
        note("b");
    });
    BOOST_TEST(io.poll() >= 1U);
    BOOST_TEST(line() == "a");
    BOOST_TEST(io.poll() == 0U);
    wakes();
    BOOST_TEST(io.poll() >= 1U);
    BOOST_TEST(line() == "a b");
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(suspended_fibers_are_work)
{
    weft::waker wakes;
    weft::spawn(io, [&wakes] { this_fiber::suspend([&wakes](weft::waker mine) { wakes = std::move(mine); }); });
    BOOST_TEST(io.run_for(1ms) >= 1U);
    BOOST_TEST(!io.stopped());
    BOOST_TEST(fibers.counters().suspended == 1U);
    wakes();
    io.run();
    BOOST_TEST(io.stopped());
    BOOST_TEST(fibers.counters().live == 0U);
}

BOOST_AUTO_TEST_CASE(run_returns_at_once_without_fibers)
{
    BOOST_TEST(io.run() == 0U);
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(stop_and_restart)
{
    weft::waker wakes;
    weft::spawn(io, [this, &wakes] {
        note("a");
        io.stop();
        this_fiber::suspend([&wakes](weft::waker mine) { wakes = std::move(mine); });
        note("b");
    });
    io.run();
    BOOST_TEST(line() == "a");
    BOOST_TEST(fibers.counters().suspended == 1U);
    BOOST_TEST(wakes());
    BOOST_TEST(io.run() == 0U);
    BOOST_TEST(line() == "a");
    io.restart();
    io.run();
    BOOST_TEST(line() == "a b");
    BOOST_TEST(fibers.counters().live == 0U);
}

BOOST_AUTO_TEST_CASE(a_stopped_round_goes_on_after_restart)
{
    weft::spawn(io, [this] {
        fiber other([this] {
            for (int i = 0; i < 1000; ++i)
            {
                this_fiber::yield();
            }
            note("other");
        });
        io.stop();
        for (int i = 0; i < 1000; ++i)
        {
            this_fiber::yield();
        }
        note("first");
        other.join();
    });
    io.run();
    // The round in progress ended with its budget.
    BOOST_TEST(line().empty());
    BOOST_TEST(fibers.counters().live == 2U);
    io.restart();
    io.run();
    BOOST_TEST(line() == "first other");
}

BOOST_AUTO_TEST_CASE(used_again_after_a_natural_return)
{
    for (int i = 0; i < 3; ++i)
    {
        weft::spawn(io, [this, i] { note("run", i); });
        io.run();
        BOOST_TEST(io.stopped());
        io.restart();
    }
    BOOST_TEST(line() == "run0 run1 run2");
    BOOST_TEST(fibers.counters().spawned == 3U);
}

BOOST_AUTO_TEST_CASE(a_past_sleep_does_not_keep_the_io_context)
{
    // The timer that served the sleep must not delay the natural return.
    weft::spawn(io, [] {
        fiber child([] { this_fiber::sleep_for(24h); });
        this_fiber::yield();
        child.cancel();
        child.join();
    });
    io.run();
    BOOST_TEST(io.stopped());
}

BOOST_AUTO_TEST_CASE(cancel_all_ends_every_wait)
{
    int ended = 0;
    for (int i = 0; i < 5; ++i)
    {
        weft::spawn(io, [&ended] { ended += error_of([] { this_fiber::sleep_for(24h); }) == aborted ? 1 : 0; });
    }
    io.poll();
    BOOST_TEST(fibers.counters().suspended == 5U);
    auto all = fibers;
    all.cancel_all();
    io.run();
    BOOST_TEST(ended == 5);
}

BOOST_AUTO_TEST_CASE(fibers_of_a_context_that_goes_away_are_unwound)
{
    auto own = std::make_optional<asio::io_context>();
    weft::spawn(*own, [this] {
        const witness local(*this, "main");
        fiber child([this] {
            const witness inner(*this, "child");
            this_fiber::sleep_for(1h);
        });
        child.join();
    });
    weft::spawn(*own,
                [held = std::make_unique<witness>(*this, "held")] { error_of([] { this_fiber::sleep_for(1h); }); });
    own->poll();
    const auto left = scheduler::of(*own);
    weft::spawn(*own, [this, held = std::make_unique<witness>(*this, "never_started")] { note("ran"); });
    BOOST_TEST(line().empty());
    own.reset();
    BOOST_TEST(line().find("~main") != std::string::npos);
    BOOST_TEST(line().find("~child") < line().find("~main"));
    BOOST_TEST(line().find("~held") != std::string::npos);
    BOOST_TEST(line().find("~never_started") != std::string::npos);
    BOOST_TEST(line().find("ran") == std::string::npos);
    // The handle outlives the io_context.
    BOOST_TEST(left.counters().live == 0U);
}

BOOST_AUTO_TEST_CASE(a_waker_may_outlive_the_io_context)
{
    weft::waker kept;
    {
        asio::io_context own;
        weft::spawn(own, [&kept] { this_fiber::suspend([&kept](weft::waker mine) { kept = std::move(mine); }); });
        own.poll();
    }
    BOOST_TEST(static_cast<bool>(kept));
    BOOST_TEST(!kept());
}

BOOST_AUTO_TEST_CASE(handles_are_copies_of_one_scheduler)
{
    asio::io_context other_io;
    auto other = scheduler::of(other_io);
    const auto copy = fibers;
    BOOST_TEST((copy == fibers));
    BOOST_TEST((copy == scheduler::of(io)));
    BOOST_TEST(!(copy == other));
    other = copy;
    BOOST_TEST((other == fibers));
    BOOST_TEST((other.get_executor() == asio::any_io_executor(io.get_executor())));
    // One of its own on the same executor.
    BOOST_TEST(!(scheduler(io.get_executor()) == fibers));
}

BOOST_AUTO_TEST_CASE(a_scheduler_without_handles_lives_as_long_as_its_fibers)
{
    weft::spawn(scheduler(io.get_executor()), [this] {
        this_fiber::sleep_for(1us);
        note("ended");
    });
    io.run();
    BOOST_TEST(line() == "ended");
}

BOOST_AUTO_TEST_CASE(two_contexts_on_one_thread_take_turns)
{
    asio::io_context other;
    std::array<asio::io_context*, 2> both{&io, &other};
    for (auto* one : both)
    {
        weft::spawn(*one, [this, name = one == &io ? "io" : "other"] {
            for (int i = 0; i < 3; ++i)
            {
                note(name, i);
                // Out of the round, so that the other has its turn.
                this_fiber::suspend([&](weft::waker given) {
                    const auto here = scheduler::current().get_executor();
                    asio::post(here, [given = std::move(given)] { given(); });
                });
            }
        });
    }
    while (!io.stopped() || !other.stopped())
    {
        io.run_one();
        other.run_one();
    }
    BOOST_TEST(line() == "io0 other0 io1 other1 io2 other2");
}

BOOST_AUTO_TEST_SUITE_END()
