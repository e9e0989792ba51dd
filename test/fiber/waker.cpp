// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::waker;

// W3: suspend and resume.
BOOST_FIXTURE_TEST_SUITE(waker_calls, virtual_time)

WEFT_DRIVEN_TEST_CASE(W3_suspend_and_wake)
{
    drive(driver, clock, [this] {
        waker wakes;
        fiber sleeper([&] {
            note("suspend");
            this_fiber::suspend([&](waker mine) { wakes = std::move(mine); });
            note("woken");
        });
        this_fiber::yield();
        note(wakes() ? "won" : "lost");
        note("main");
        sleeper.join();
    });
    BOOST_TEST(line() == "suspend won main woken");
}

WEFT_DRIVEN_TEST_CASE(woken_before_it_has_slept)
{
    drive(driver, clock, [this] {
        fiber other([this] { note("other"); });
        for (int i = 0; i < 3; ++i)
        {
            this_fiber::suspend([this](const waker& mine) { note(mine() ? "won" : "lost"); });
        }
        note("main");
        other.join();
    });
    BOOST_TEST(line() == "won won won main other");
}

BOOST_AUTO_TEST_CASE(the_first_of_several_wins)
{
    run([this] {
        std::vector<waker> copies;
        fiber sleeper([&] {
            this_fiber::suspend([&](const waker& mine) {
                for (int i = 0; i < 3; ++i)
                {
                    copies.push_back(mine);
                }
            });
        });
        this_fiber::yield();
        for (const auto& one : copies)
        {
            note(one.wake() ? "won" : "lost");
        }
        sleeper.join();
        for (const auto& one : copies)
        {
            note(one() ? "won" : "lost");
        }
    });
    BOOST_TEST(line() == "won lost lost lost lost lost");
}

BOOST_AUTO_TEST_CASE(a_late_wake_does_not_touch_the_next_wait)
{
    run([this] {
        std::vector<waker> of_each_wait;
        fiber sleeper([&] {
            for (int i = 0; i < 3; ++i)
            {
                this_fiber::suspend([&](waker mine) { of_each_wait.push_back(std::move(mine)); });
                note("wait", i);
            }
        });
        for (std::size_t i = 0; i < 3; ++i)
        {
            this_fiber::yield();
            for (std::size_t old = 0; old < i; ++old)
            {
                BOOST_TEST(!of_each_wait[old]());
            }
            this_fiber::yield();
            BOOST_TEST(of_each_wait.size() == i + 1);
            BOOST_TEST((sleeper.state() == weft::fiber_state::suspended));
            BOOST_TEST(of_each_wait[i]());
        }
        sleeper.join();
    });
    BOOST_TEST(line() == "wait0 wait1 wait2");
}

BOOST_AUTO_TEST_CASE(other_waits_do_not_end_by_an_old_waker)
{
    run([this] {
        waker old;
        fiber child([&] {
            this_fiber::suspend([&](waker mine) { old = std::move(mine); });
            this_fiber::sleep_for(10ms);
            note_time("slept");
        });
        this_fiber::yield();
        old();
        this_fiber::sleep_for(5ms);
        BOOST_TEST(!old());
        child.join();
    });
    BOOST_TEST(line() == "slept@10");
}

BOOST_AUTO_TEST_CASE(it_may_outlive_its_fiber)
{
    waker kept;
    run([&kept] {
        fiber child([&kept] { this_fiber::suspend([&kept](waker mine) { kept = std::move(mine); }); });
        this_fiber::yield();
        BOOST_TEST(kept());
        child.join();
        BOOST_TEST(!kept());
        fiber([] {}).join();
        BOOST_TEST(!kept());
    });
    BOOST_TEST(static_cast<bool>(kept));
    BOOST_TEST(!kept());
}

BOOST_AUTO_TEST_CASE(an_empty_one_does_nothing)
{
    const waker empty;
    BOOST_TEST(!static_cast<bool>(empty));
    BOOST_TEST(!empty());
}

BOOST_AUTO_TEST_CASE(from_a_handler)
{
    asio::io_context io;
    weft::spawn(io, [&] {
        this_fiber::suspend([&](waker mine) {
            asio::post(io, [this, mine = std::move(mine)] {
                note("handler");
                note(mine() ? "won" : "lost");
                note("handler_ends");
            });
            note("published");
        });
        note("woken");
    });
    io.run();
    BOOST_TEST(line() == "published handler won handler_ends woken");
}

BOOST_AUTO_TEST_CASE(from_another_thread)
{
    run([this] {
        for (int i = 0; i < 20; ++i)
        {
            std::thread other;
            std::atomic<bool> won = false;
            this_fiber::suspend(
                [&](waker mine) { other = std::thread([&won, mine = std::move(mine)] { won = mine(); }); });
            other.join();
            BOOST_TEST(won.load());
        }
        note("woken");
    });
    BOOST_TEST(line() == "woken");
}

BOOST_AUTO_TEST_CASE(of_two_threads_one_wins)
{
    for (int round = 0; round < 50; ++round)
    {
        std::atomic<int> won = 0;
        run([&won] {
            std::vector<std::thread> threads;
            this_fiber::suspend([&](const waker& mine) {
                for (int i = 0; i < 2; ++i)
                {
                    threads.emplace_back([&won, mine] { won += mine() ? 1 : 0; });
                }
            });
            join_all(threads);
        });
        BOOST_TEST(won.load() == 1);
    }
}

BOOST_AUTO_TEST_CASE(an_exception_of_publish_ends_the_wait)
{
    run([this] {
        waker kept;
        BOOST_CHECK_THROW(this_fiber::suspend([&](waker mine) {
                              kept = std::move(mine);
                              throw std::runtime_error("not published");
                          }),
                          std::runtime_error);
        BOOST_TEST(!kept());
        // Woken all the same before the exception: the wake-up is used up.
        BOOST_CHECK_THROW(this_fiber::suspend([&](const waker& mine) {
                              mine();
                              throw std::runtime_error("woken");
                          }),
                          std::runtime_error);
        this_fiber::sleep_for(1ms);
        note_time("slept");
    });
    BOOST_TEST(line() == "slept@1");
}

BOOST_AUTO_TEST_CASE(cancelled_or_too_late)
{
    run([this] {
        waker kept;
        const auto wait = [&kept] {
            return error_of([&kept] { this_fiber::suspend([&kept](waker mine) { kept = std::move(mine); }); });
        };
        fiber child([&] {
            {
                const weft::deadline limit(2ms);
                BOOST_TEST(wait() == timed_out);
                note_time("late");
                BOOST_TEST(!kept());
            }
            BOOST_TEST(wait() == aborted);
            note_time("cancelled");
            BOOST_TEST(!kept());
            kept = waker();
            BOOST_TEST(wait() == aborted);
            BOOST_TEST(!static_cast<bool>(kept)); // not even published
        });
        this_fiber::sleep_for(5ms);
        child.cancel();
        child.join();
    });
    BOOST_TEST(line() == "late@2 cancelled@5");
}

BOOST_AUTO_TEST_CASE(a_wake_wins_over_a_later_cancellation)
{
    run([this] {
        waker wakes;
        fiber child([&] {
            note(error_of([&] { this_fiber::suspend([&](waker mine) { wakes = std::move(mine); }); }) ? "?" : "woken");
            note(error_of([] { this_fiber::sleep_for(1s); }) == aborted ? "aborted" : "?");
        });
        this_fiber::yield();
        BOOST_TEST(wakes());
        child.cancel();
        child.join();
    });
    BOOST_TEST(line() == "woken aborted");
}

BOOST_AUTO_TEST_CASE(only_a_fiber_can_suspend_itself)
{
    bool called = false;
    BOOST_TEST(error_of([&called] { this_fiber::suspend([&called](const waker&) { called = true; }); }) ==
               errc::operation_not_permitted);
    BOOST_TEST(!called);
}

BOOST_AUTO_TEST_SUITE_END()
