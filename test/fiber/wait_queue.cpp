// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/wait_queue.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::wait_queue;
using outcome = wait_queue::outcome;

namespace
{

outcome wait(wait_queue& queue, const wait_queue::limits& bounds = {})
{
    return queue.wait_unless([] { return false; }, bounds);
}

const char* name_of(outcome how)
{
    switch (how)
    {
    case outcome::notified:
        return "notified";
    case outcome::timed_out:
        return "timed_out";
    case outcome::deadline:
        return "deadline";
    case outcome::canceled:
        break;
    }
    return "canceled";
}

std::size_t waiting_in(wait_queue& queue)
{
    const std::lock_guard guard(queue.entries().lock());
    return queue.entries().empty() ? 0U : 1U;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(wait_queue_calls, virtual_time)

WEFT_DRIVEN_TEST_CASE(W11_first_come_first_served)
{
    drive(driver, clock, [this] {
        wait_queue queue;
        std::vector<fiber> waiters;
        for (int i = 0; i < 5; ++i)
        {
            waiters.emplace_back([this, &queue, i] {
                wait(queue);
                note("w", i);
            });
        }
        this_fiber::yield();
        queue.notify_one();
        queue.notify_one();
        note("two");
        this_fiber::yield();
        note("all", static_cast<long long>(queue.notify_all()));
        note(queue.notify_one() ? "?" : "none");
        join_all(waiters);
    });
    BOOST_TEST(line() == "two w0 w1 all3 none w2 w3 w4");
}

BOOST_AUTO_TEST_CASE(satisfied_means_no_wait)
{
    run([this] {
        wait_queue queue;
        bool slept = false;
        const auto how = queue.wait_unless([] { return true; }, {}, [&slept] { slept = true; });
        note(name_of(how));
        BOOST_TEST(!slept);
        BOOST_TEST(waiting_in(queue) == 0U);
    });
    BOOST_TEST(line() == "notified");
}

BOOST_AUTO_TEST_CASE(before_sleep_may_notify_the_wait_itself)
{
    run([this] {
        wait_queue queue;
        note(name_of(queue.wait_unless([] { return false; }, {}, [&queue] { queue.notify_one(); })));
    });
    BOOST_TEST(line() == "notified");
}

BOOST_AUTO_TEST_CASE(changes_are_made_before_the_woken_side_runs)
{
    run([this] {
        wait_queue queue;
        int state = 0;
        const auto change = [&state](bool found) { state = found ? 1 : 2; };
        fiber waiter([&] {
            wait(queue);
            note("state", state);
        });
        this_fiber::yield();
        BOOST_TEST(queue.notify_one(change));
        waiter.join();
        BOOST_TEST(!queue.notify_one(change));
        note("state", state);
        BOOST_TEST(queue.notify_all([&state] { state = 3; }) == 0U);
        note("state", state);
    });
    BOOST_TEST(line() == "state1 state2 state3");
}

BOOST_AUTO_TEST_CASE(limits_deadlines_and_cancellation)
{
    run([this] {
        wait_queue queue;
        using kind = weft::detail::wait_kind;
        const auto after = [this](auto time) { return clock.now() + time; };
        note_time(name_of(wait(queue, {kind::interruptible, after(2ms)})));
        note_time(name_of(wait(queue, {kind::plain, after(2ms)})));
        note_time(name_of(wait(queue, {kind::interruptible, after(-2ms)})));
        fiber bounded([&] {
            const weft::deadline limit(3ms);
            note_time(name_of(wait(queue)));
            note_time(name_of(wait(queue, {kind::plain, after(1ms)})));
        });
        bounded.join();
        fiber canceled([&] {
            note_time(name_of(wait(queue)));
            note_time(name_of(wait(queue)));
            note_time(name_of(wait(queue, {kind::plain, after(1ms)})));
        });
        this_fiber::sleep_for(1ms);
        canceled.cancel();
        canceled.join();
        BOOST_TEST(waiting_in(queue) == 0U);
        BOOST_TEST(!queue.notify_one());
    });
    BOOST_TEST(line() ==
               "timed_out@2 timed_out@4 timed_out@4 deadline@7 timed_out@8 canceled@9 canceled@9 timed_out@10");
}

BOOST_AUTO_TEST_CASE(a_notification_skips_those_who_have_given_up)
{
    run([this] {
        wait_queue queue;
        using kind = weft::detail::wait_kind;
        fiber first([&] { note(name_of(wait(queue, {kind::interruptible, clock.now() + 5ms}))); });
        fiber second([&] { note(name_of(wait(queue))); });
        fiber third([&] { note(name_of(wait(queue))); });
        this_fiber::sleep_for(1ms);
        second.cancel();
        // The second has been told, but has not run yet.
        queue.notify_one();
        queue.notify_one();
        first.join();
        second.join();
        third.join();
    });
    BOOST_TEST(line() == "canceled notified notified");
}

BOOST_AUTO_TEST_CASE(the_woken_side_may_destroy_the_queue)
{
    run([this] {
        auto queue = std::make_unique<wait_queue>();
        fiber waiter([&] {
            wait(*queue);
            queue.reset();
            note("destroyed");
        });
        this_fiber::yield();
        queue->notify_one();
        waiter.join();
    });
    BOOST_TEST(line() == "destroyed");
}

BOOST_AUTO_TEST_CASE(destroyed_at_once_after_notify_all)
{
    run([this] {
        std::vector<fiber> waiters;
        auto queue = std::make_optional<wait_queue>();
        for (int i = 0; i < 3; ++i)
        {
            waiters.emplace_back([this, &queue] { note(name_of(wait(*queue))); });
        }
        this_fiber::yield();
        queue->notify_all();
        queue.reset();
        join_all(waiters);
    });
    BOOST_TEST(line() == "notified notified notified");
}

BOOST_AUTO_TEST_CASE(notified_and_timed_out_in_the_same_instant)
{
    run([this] {
        wait_queue queue;
        using kind = weft::detail::wait_kind;
        fiber notifier([&] {
            this_fiber::sleep_for(5ms);
            note(queue.notify_one() ? "found" : "nobody");
        });
        fiber first([&] { note(name_of(wait(queue, {kind::interruptible, clock.now() + 5ms}))); });
        notifier.join();
        first.join();
        // Both timers are due at the same time; both are served before a fiber runs.
    });
    BOOST_TEST(line() == "nobody timed_out");
}

BOOST_AUTO_TEST_CASE(threads_wait_too)
{
    wait_queue queue;
    bool ready = false; // changed under the queue's lock
    const auto is_ready = [&ready] { return ready; };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
    {
        threads.emplace_back([&] { queue.wait_unless(is_ready, {}); });
    }
    run([&] {
        std::vector<fiber> fibers;
        for (int i = 0; i < 3; ++i)
        {
            fibers.emplace_back([&] {
                queue.wait_unless(is_ready, {});
                note("fiber");
            });
        }
        this_fiber::yield();
        std::thread other([&] { queue.notify_all([&ready] { ready = true; }); });
        join_all(fibers);
        other.join();
    });
    join_all(threads);
    BOOST_TEST(line() == "fiber fiber fiber");
}

BOOST_AUTO_TEST_CASE(threads_and_fibers_in_one_order)
{
    wait_queue queue;
    int turn = 0; // under the queue's lock
    const auto enter = [&queue, &turn](std::vector<int>& order, int who) {
        queue.wait_unless(
            [&turn] {
                ++turn; // counts those who have queued
                return false;
            },
            {});
        order.push_back(who); // one at a time: each is notified after the former has noted itself
    };
    std::vector<int> order;
    const auto until_turn_is = [&queue, &turn](int wanted) {
        for (;;)
        {
            {
                const std::lock_guard guard(queue.entries().lock());
                if (turn == wanted)
                {
                    return;
                }
            }
            std::this_thread::yield();
        }
    };
    run([&] {
        std::thread first([&] { enter(order, 1); });
        until_turn_is(1);
        fiber second([&] { enter(order, 2); });
        this_fiber::yield();
        std::thread third([&] { enter(order, 3); });
        until_turn_is(3);
        queue.notify_one();
        first.join();
        queue.notify_one();
        second.join();
        queue.notify_one();
        third.join();
    });
    BOOST_TEST((order == std::vector<int>{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(a_thread_times_out)
{
    wait_queue queue;
    const auto past = std::chrono::steady_clock::now() - 1s;
    BOOST_TEST((wait(queue, {weft::detail::wait_kind::interruptible, past}) == outcome::timed_out));
    const auto soon = std::chrono::steady_clock::now() + 1ms;
    BOOST_TEST((wait(queue, {weft::detail::wait_kind::interruptible, soon}) == outcome::timed_out));
    BOOST_TEST((std::chrono::steady_clock::now() >= soon));
    BOOST_TEST(waiting_in(queue) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
