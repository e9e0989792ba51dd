// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H26: two schedulers in one process, one inside of the other, and the order in which static objects come and go. weft
// has no global object with a constructor or a destructor.

#include "io/support_io.hpp"
#include "support/child_process.hpp"
#include "support/sanitized.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <thread>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace weft::test;

namespace
{

struct says_so
{
    const char* what;
    ~says_so()
    {
        std::fprintf(stderr, "%s\n", what);
    }
};

/// A process-wide runtime as programs have it.
asio::io_context& static_io_context()
{
    static asio::io_context io;
    return io;
}

weft::scheduler& static_scheduler()
{
    static weft::scheduler fibers = weft::scheduler::of(static_io_context());
    return fibers;
}

} // namespace

BOOST_AUTO_TEST_SUITE(two_schedulers)

BOOST_AUTO_TEST_CASE(take_turns_on_one_thread)
{
    asio::io_context a;
    asio::io_context b;
    sequence steps;
    const auto body = [&steps](const std::string& name) {
        for (int i = 0; i < 3; ++i)
        {
            steps.push_back(name + std::to_string(i));
            asio::post(weft::this_executor(), weft::use_fiber);
        }
    };
    weft::spawn(a, [&] { body("a"); });
    weft::spawn(b, [&] { body("b"); });
    BOOST_TEST((weft::scheduler::of(a) != weft::scheduler::of(b)));
    while (!a.stopped() || !b.stopped())
    {
        a.poll_one();
        b.poll_one();
    }
    BOOST_TEST(steps.size() == 6U);
    sequence of_a;
    sequence of_b;
    for (const auto& step : steps)
    {
        (step[0] == 'a' ? of_a : of_b).push_back(step);
    }
    BOOST_TEST((of_a == sequence{"a0", "a1", "a2"}));
    BOOST_TEST((of_b == sequence{"b0", "b1", "b2"}));
    BOOST_TEST((steps != sequence{"a0", "a1", "a2", "b0", "b1", "b2"})); // they did take turns
}

BOOST_AUTO_TEST_CASE(wake_each_other)
{
    asio::io_context a;
    asio::io_context b;
    weft::auto_reset_event ping;
    weft::auto_reset_event pong;
    weft::mutex lock;
    int rounds = 0;
    weft::spawn(a, [&] {
        for (int i = 0; i < 200; ++i)
        {
            ping.set();
            pong.wait();
            const std::lock_guard held(lock);
            ++rounds;
        }
    });
    weft::spawn(b, [&] {
        for (int i = 0; i < 200; ++i)
        {
            ping.wait();
            {
                const std::lock_guard held(lock);
                ++rounds;
            }
            pong.set();
        }
    });
    std::thread other([&] { b.run(); });
    weft::test::drain(a);
    other.join();
    BOOST_TEST(rounds == 400);
}

BOOST_AUTO_TEST_CASE(one_inside_of_the_other)
{
    run_fibers([] {
        const auto outer = weft::scheduler::current();
        const auto outer_id = this_fiber::get_id();
        sequence steps;
        weft::fiber waits([&] { steps.emplace_back("outer child"); });
        const auto result = weft::run([&] {
            BOOST_TEST((weft::scheduler::current() != outer));
            BOOST_TEST((this_fiber::get_id() != outer_id));
            weft::fiber inner([&] { steps.emplace_back("inner child"); });
            inner.join();
            this_fiber::sleep_for(std::chrono::nanoseconds(1));
            return 5;
        });
        BOOST_TEST(result == 5);
        steps.emplace_back("back");
        BOOST_TEST((weft::scheduler::current() == outer));
        BOOST_TEST((this_fiber::get_id() == outer_id));
        waits.join();
        // The inner one blocks the thread, and the outer one's fibers with it.
        BOOST_TEST((steps == sequence{"inner child", "back", "outer child"}));
    });
}

BOOST_AUTO_TEST_CASE(one_inside_of_the_other_that_fails)
{
    run_fibers([] {
        const auto outer = weft::scheduler::current();
        BOOST_CHECK_THROW(weft::run([] { throw 5; }), int);
        BOOST_TEST((weft::scheduler::current() == outer));
        {
            asio::io_context unfinished;
            weft::spawn(unfinished, [] { this_fiber::sleep_for(std::chrono::hours(1)); });
            unfinished.poll();
        } // its fibers are unwound here, inside of another's
        BOOST_TEST((weft::scheduler::current() == outer));
        this_fiber::yield();
    });
}

BOOST_AUTO_TEST_CASE(handlers_of_the_inner_one_wake_fibers_of_the_outer_one)
{
    run_fibers([] {
        asio::io_context inner;
        weft::manual_reset_event event;
        bool woken = false;
        weft::fiber waiting([&] {
            event.wait();
            woken = true;
        });
        this_fiber::yield();
        weft::spawn(inner, [&] { event.set(); });
        inner.run();
        BOOST_TEST(!woken); // not inside of the other scheduler's round
        waiting.join();
        BOOST_TEST(woken);
    });
}

BOOST_AUTO_TEST_CASE(fibers_join_over_the_border)
{
    run_fibers([] {
        weft::manual_reset_event event;
        std::atomic<bool> joined{false};
        weft::fiber here([&] { event.wait(); });
        std::thread other([&] {
            weft::run([&] { here.join(); });
            joined = true;
        });
        this_fiber::yield();
        BOOST_TEST(!joined);
        event.set();
        while (!joined)
        {
            asio::post(weft::this_executor(), weft::use_fiber);
        }
        other.join();
    });
}

BOOST_AUTO_TEST_CASE(function_static_io_context_is_destroyed_at_exit)
{
    const auto result = run_in_child([] {
        weft::spawn(static_io_context(), [] {
            const says_so local{"frame unwound"};
            weft::manual_reset_event().wait();
        });
        static_io_context().poll();
        std::exit(0);
    });
    BOOST_TEST(result.exited_with(0), result.errors);
    BOOST_TEST(result.errors.find("frame unwound") != std::string::npos, result.errors);
}

BOOST_AUTO_TEST_CASE(function_static_scheduler_is_destroyed_at_exit)
{
    const auto result = run_in_child([] {
        weft::spawn(static_scheduler(), [] {
            const says_so local{"frame unwound"};
            asio::steady_timer(weft::this_executor(), std::chrono::hours(1)).async_wait(weft::use_fiber);
        });
        static_io_context().poll();
        std::exit(0);
    });
    BOOST_TEST(result.exited_with(0), result.errors);
    BOOST_TEST(result.errors.find("frame unwound") != std::string::npos, result.errors);
}

BOOST_AUTO_TEST_CASE(reports_work_while_static_objects_are_destroyed)
{
    const auto result = run_in_child([] {
        weft::spawn(static_io_context(), weft::attributes{.name = "late"}, [] {
            for (;;)
            {
                code_of([] { weft::manual_reset_event().wait(); });
            }
        });
        static_io_context().poll();
        std::exit(0);
    });
    BOOST_TEST(result.exited_with(0), result.errors);
    BOOST_TEST(result.errors.find("unwound by force") != std::string::npos, result.errors);
}

BOOST_AUTO_TEST_CASE(function_static_runtime_is_destroyed_at_exit)
{
#if defined(WEFT_TSAN)
    weft::test::skipped_if_sanitized("a child with threads, of a process that has had some");
    return;
#endif
    const auto result = run_in_child([] {
        static weft::runtime workers({.workers = 2, .unwind_after = std::chrono::milliseconds(1)});
        workers.start();
        workers.spawn_on(0, [] {
            const says_so local{"frame unwound"};
            this_fiber::sleep_for(std::chrono::hours(1));
        });
        workers.spawn_on(1, {.name = "late"}, [] {
            const weft::cancellation_blocker stubborn;
            for (;;)
            {
                code_of([] { this_fiber::sleep_for(std::chrono::hours(1)); });
            }
        });
        while (workers.counters().live != 2)
        {
            std::this_thread::yield();
        }
        std::exit(0);
    });
    BOOST_TEST(result.exited_with(0), result.errors);
    BOOST_TEST(result.errors.find("frame unwound") != std::string::npos, result.errors);
    BOOST_TEST(result.errors.find("unwound by force") != std::string::npos, result.errors);
}

BOOST_AUTO_TEST_CASE(main_can_end_while_a_thread_has_fibers)
{
    const auto result = run_in_child([] {
        std::thread([] {
            weft::run([] {
                for (;;)
                {
                    this_fiber::sleep_for(std::chrono::microseconds(100));
                }
            });
        }).detach();
        weft::run([] { this_fiber::sleep_for(std::chrono::milliseconds(1)); });
        std::quick_exit(0);
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
