// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/clock.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::manual_clock;
using weft::scheduler;

namespace
{

/// Hands itself on through the queue of handlers, then wakes.
struct chain
{
    asio::io_context& io;
    weft::waker wakes;
    int left;

    void operator()() const
    {
        if (left > 0)
        {
            asio::post(io, chain{io, wakes, left - 1});
        }
        else
        {
            wakes();
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(manual_clock_stands, standing_time)

BOOST_AUTO_TEST_CASE(it_starts_at_one_hour)
{
    BOOST_TEST((clock.now() == manual_clock::time_point(1h)));
    run([this] { BOOST_TEST((this_fiber::now() == clock.now())); });
    BOOST_TEST((this_fiber::now() != clock.now()));
}

BOOST_AUTO_TEST_CASE(only_advance_moves_it)
{
    run([this] {
        fiber sleeper([this] {
            this_fiber::sleep_for(10ms);
            note_time("slept");
        });
        this_fiber::yield();
        clock.advance(9ms);
        this_fiber::yield();
        note_time("main");
        clock.advance(1ms);
        note("advanced");
        this_fiber::yield();
        sleeper.join();
    });
    BOOST_TEST(line() == "main@9 advanced slept@10");
}

BOOST_AUTO_TEST_CASE(one_advance_wakes_in_the_order_of_the_times)
{
    run([this] {
        for (const int time : {30, 10, 20, 10})
        {
            fiber([this, time] {
                this_fiber::sleep_for(std::chrono::milliseconds(time));
                note("s", time);
            }).detach();
        }
        this_fiber::yield();
        clock.advance(1h);
        this_fiber::yield();
    });
    BOOST_TEST(line() == "s10 s10 s20 s30");
}

BOOST_AUTO_TEST_CASE(advanced_by_a_handler)
{
    asio::io_context io;
    scheduler::of(io).use_clock(&clock);
    weft::spawn(io, [this] {
        this_fiber::sleep_for(5ms);
        note_time("slept");
    });
    io.poll();
    note("waiting");
    asio::post(io, [this] {
        clock.advance(5ms);
        note("handler");
    });
    io.run();
    BOOST_TEST(line() == "waiting handler slept@5");
}

BOOST_AUTO_TEST_CASE(advanced_from_outside)
{
    asio::io_context io;
    scheduler::of(io).use_clock(&clock);
    weft::spawn(io, [this] {
        this_fiber::sleep_for(5ms);
        note_time("slept");
    });
    io.poll();
    clock.advance(5ms);
    clock.advance(5ms);
    note("advanced");
    io.run();
    BOOST_TEST(line() == "advanced slept@10");
}

BOOST_AUTO_TEST_CASE(advanced_by_another_thread)
{
    asio::io_context io;
    scheduler::of(io).use_clock(&clock);
    bool slept = false;
    weft::spawn(io, [&slept] {
        this_fiber::sleep_for(20ms);
        slept = true;
    });
    std::thread other([this] {
        for (int i = 0; i < 20; ++i)
        {
            clock.advance(1ms);
            std::this_thread::yield();
        }
        // The sleep may have begun late.
        clock.advance(1h);
    });
    io.poll();
    other.join();
    clock.advance(1h);
    io.run();
    BOOST_TEST(slept);
}

BOOST_AUTO_TEST_CASE(set_twice_and_taken_away)
{
    asio::io_context io;
    auto fibers = scheduler::of(io);
    fibers.use_clock(&clock);
    fibers.use_clock(&clock);
    weft::spawn(io, [this] {
        this_fiber::sleep_for(5ms);
        note_time("slept");
    });
    io.poll();
    clock.advance(5ms);
    io.poll();
    BOOST_TEST(line() == "slept@5");
    fibers.cancel_all();
    io.restart();
    io.poll();
    BOOST_TEST(io.stopped());
    fibers.use_clock(nullptr);
    clock.advance(1h);
}

BOOST_AUTO_TEST_CASE(a_clock_may_go_before_its_scheduler)
{
    asio::io_context io;
    {
        manual_clock passing;
        scheduler::of(io).use_clock(&passing);
        weft::spawn(io, [] { this_fiber::sleep_for(1h); });
        io.run();
    }
    io.restart();
    weft::spawn(io, [] { this_fiber::sleep_for(1us); });
    io.run();
    BOOST_TEST(scheduler::of(io).counters().live == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(manual_clock_jumps, virtual_time)

BOOST_AUTO_TEST_CASE(to_the_next_time_that_is_waited_for)
{
    run([this] {
        fiber near([this] {
            this_fiber::sleep_for(1h);
            note_time("near");
        });
        fiber far([this] {
            this_fiber::sleep_for(10000h);
            note_time("far");
        });
        near.join();
        far.join();
    });
    BOOST_TEST(line() == "near@3600000 far@36000000000");
}

BOOST_AUTO_TEST_CASE(not_while_a_fiber_is_ready)
{
    run([this] {
        fiber sleeper([this] {
            this_fiber::sleep_for(1ms);
            note_time("slept");
        });
        for (int i = 0; i < 2000; ++i)
        {
            this_fiber::yield();
        }
        note_time("main");
        sleeper.join();
    });
    BOOST_TEST(line() == "main@0 slept@1");
}

BOOST_AUTO_TEST_CASE(advance_works_too)
{
    run([this] {
        fiber sleeper([this] {
            this_fiber::sleep_for(5ms);
            note_time("slept");
        });
        this_fiber::yield();
        clock.advance(7ms);
        this_fiber::yield();
        note_time("main");
        sleeper.join();
    });
    BOOST_TEST(line() == "slept@7 main@7");
}

// "once no fiber is ready and no handler of the io_context is left to run"
BOOST_AUTO_TEST_CASE(not_while_handlers_are_left)
{
    asio::io_context io;
    scheduler::of(io).use_clock(&clock);
    for (const int length : {0, 1, 2, 3, 10, 100})
    {
        weft::spawn(io, [this, &io, length] {
            fiber other([] { error_of([] { this_fiber::sleep_for(1h); }); });
            this_fiber::suspend([&](weft::waker mine) { asio::post(io, chain{io, std::move(mine), length}); });
            note_time(std::to_string(length));
            other.cancel();
            other.join();
        });
        io.run();
        io.restart();
    }
    BOOST_TEST(line() == "0@0 1@0 2@0 3@0 10@0 100@0");
}

// "to the next time that a fiber waits for", whichever scheduler it belongs to
BOOST_AUTO_TEST_CASE(one_clock_for_several_schedulers)
{
    asio::io_context io;
    for (const int time : {30, 10, 20})
    {
        scheduler own(io.get_executor());
        own.use_clock(&clock);
        weft::spawn(own, [this, time] {
            this_fiber::sleep_for(std::chrono::milliseconds(time));
            note_time(std::to_string(time));
        });
    }
    io.run();
    BOOST_TEST(line() == "10@10 20@20 30@30");
}

BOOST_AUTO_TEST_CASE(an_endless_wait_does_not_make_it_jump)
{
    asio::io_context io;
    scheduler::of(io).use_clock(&clock);
    weft::spawn(io, [] { this_fiber::sleep_until(manual_clock::time_point::max()); });
    io.poll();
    BOOST_TEST(milliseconds() == 0);
    BOOST_TEST(!io.stopped());
    auto fibers = scheduler::of(io);
    fibers.cancel_all();
    io.run();
    BOOST_TEST(milliseconds() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
