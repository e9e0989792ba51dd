// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/async.hpp>
#include <weft/sync/blocking_queue.hpp>
#include <weft/sync/channel.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/promise.hpp>
#include <weft/sync/select.hpp>
#include <weft/sync/semaphore.hpp>

#include "selecting.hpp"
#include "support/allocation_counter.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::after;
using weft::blocking_queue;
using weft::channel;
using weft::fiber;
using weft::on_end;
using weft::on_ready;
using weft::on_stop;
using weft::otherwise;
using weft::select;
using weft::wait_any;

// Which source wins, and what becomes of the others.
BOOST_FIXTURE_TEST_SUITE(select_cases, selecting)

BOOST_AUTO_TEST_CASE(W6_each_kind_of_source_wins_at_once)
{
    run([this] {
        blocking_queue<int> queue(1);
        weft::manual_reset_event manual;
        weft::auto_reset_event automatic;
        weft::binary_semaphore semaphore(0);
        std::stop_source stop;
        weft::promise<int> promise;
        auto future = promise.get_future();
        fiber ended([] {});
        this_fiber::yield();
        fiber other([] { this_fiber::yield(); });
        const auto switches = weft::scheduler::current().counters().switches;
        queue.push(1);
        BOOST_TEST(select(manual.on_set(says("?")), queue.on_pop(says_number("pop"))) == 1U);
        BOOST_TEST(select(manual.on_set(says("?")), queue.on_push(7, says("push"))) == 1U);
        BOOST_TEST(queue.pop().value() == 7);
        manual.set();
        BOOST_TEST(select(queue.on_pop(says_number("?")), manual.on_set(says("manual"))) == 1U);
        BOOST_TEST(manual.is_set());
        manual.reset();
        automatic.set();
        BOOST_TEST(select(manual.on_set(says("?")), automatic.on_set(says("auto"))) == 1U);
        BOOST_TEST(!automatic.is_set());
        semaphore.release();
        BOOST_TEST(select(manual.on_set(says("?")), semaphore.on_acquire(says("semaphore"))) == 1U);
        BOOST_TEST(!semaphore.try_acquire());
        stop.request_stop();
        BOOST_TEST(select(manual.on_set(says("?")), on_stop(stop.get_token(), says("stop"))) == 1U);
        promise.set_value(3);
        BOOST_TEST(select(manual.on_set(says("?")), on_ready(future, says("future"))) == 1U);
        BOOST_TEST(future.get() == 3);
        BOOST_TEST(select(manual.on_set(says("?")), on_end(ended, says("end"))) == 1U);
        ended.join();
        BOOST_TEST(select(manual.on_set(says("?")), after(0s, says("after"))) == 1U);
        BOOST_TEST(select(manual.on_set(says("?")), weft::at(clock.now() - 1h, says("at"))) == 1U);
        BOOST_TEST(select(manual.on_set(says("?")), otherwise(says("otherwise"))) == 1U);
        BOOST_TEST(weft::scheduler::current().counters().switches == switches);
        other.join();
    });
    BOOST_TEST(line() == "pop1 push manual auto semaphore stop future end after at otherwise");
}

BOOST_AUTO_TEST_CASE(W6_each_kind_of_source_wins_later)
{
    run([this] {
        channel<int> in;
        channel<int> out;
        weft::manual_reset_event manual;
        weft::auto_reset_event automatic;
        weft::binary_semaphore semaphore(0);
        std::stop_source stop;
        weft::promise<int> promise;
        auto future = promise.get_future();
        weft::auto_reset_event let_end;
        weft::jfiber ending([&] { let_end.wait(); });
        fiber selecting_one([&] {
            bool is_manual = true;
            bool is_stop = true;
            bool is_future = true;
            bool is_end = true;
            const std::stop_token none;
            for (int i = 0; i < 9; ++i)
            {
                // What has won and stays ready is replaced by what never comes.
                weft::manual_reset_event never;
                select(in.on_pop(says_number("pop")), out.on_push(i, says("push")),
                       (is_manual ? manual : never).on_set([&] {
                           is_manual = false;
                           note("manual");
                       }),
                       automatic.on_set(says("auto")), semaphore.on_acquire(says("semaphore")),
                       on_stop(is_stop ? stop.get_token() : none,
                               [&] {
                                   is_stop = false;
                                   note("stop");
                               }),
                       on_ready(future, [&] { note(std::exchange(is_future, false) ? "future" : "again"); }),
                       after(1h, says("after")));
                if (!is_future)
                {
                    break;
                }
            }
            note_time("over");
            select(on_end(ending, [&] { is_end = true; }), after(1h, [&] { is_end = false; }));
            note_time(is_end ? "end" : "?");
            select(automatic.on_set(says("?")), after(5ms, says("timer")));
            note_time("at");
        });
        const auto step = [] { this_fiber::sleep_for(1ms); };
        step();
        in.push(4);
        step();
        BOOST_TEST(out.pop().value() == 1);
        step();
        manual.set();
        step();
        automatic.set();
        step();
        semaphore.release();
        step();
        stop.request_stop();
        step();
        promise.set_value(1);
        step();
        let_end.set();
        selecting_one.join();
        // Nothing was taken by those that did not win.
        BOOST_TEST(!automatic.is_set());
        BOOST_TEST(!semaphore.try_acquire());
        BOOST_TEST(!in.try_push(1));
        BOOST_TEST(!out.try_pop());
    });
    BOOST_TEST(line() == "pop4 push manual auto semaphore stop future over@7 end@8 timer at@13");
}

BOOST_AUTO_TEST_CASE(the_first_of_two_deliveries_wins_and_the_second_is_for_others)
{
    run([this] {
        channel<int> a;
        blocking_queue<int> b(1);
        weft::auto_reset_event event;
        weft::binary_semaphore semaphore(0);
        fiber one([&] {
            select(a.on_pop(says_number("a")), b.on_pop(says_number("b")), event.on_set(says("event")),
                   semaphore.on_acquire(says("semaphore")));
        });
        this_fiber::yield();
        b.push(2);
        // The select has won by now, though it has not run.
        BOOST_TEST(!a.try_push(1));
        event.set();
        semaphore.release();
        b.push(3);
        one.join();
        BOOST_TEST(event.is_set());
        BOOST_TEST(semaphore.try_acquire());
        BOOST_TEST(b.pop().value() == 3);
    });
    BOOST_TEST(line() == "b2");
}

BOOST_AUTO_TEST_CASE(those_who_wait_behind_a_select_get_what_it_does_not_take)
{
    run([this] {
        weft::binary_semaphore semaphore(0);
        weft::auto_reset_event event;
        blocking_queue<int> queue;
        fiber one([&] {
            select(semaphore.on_acquire(says("acquired")), event.on_set(says("event")),
                   queue.on_pop(says_number("pop")));
        });
        fiber second([&] {
            semaphore.acquire();
            note("second");
        });
        fiber third([&] { note("third", queue.pop().value()); });
        this_fiber::yield();
        event.set();
        semaphore.release();
        queue.push(5);
        one.join();
        second.join();
        third.join();
    });
    BOOST_TEST(line() == "event second third5");
}

BOOST_AUTO_TEST_CASE(selects_meet_each_other)
{
    run([this] {
        channel<int> a;
        channel<int> b;
        // One that would both give and take on the same channel does not serve itself.
        BOOST_TEST(select(a.on_push(1, says("?")), a.on_pop(says_number("?")), otherwise(says("none"))) == 2U);
        fiber both([&] { select(a.on_push(1, says("gave")), a.on_pop(says_number("?")), b.on_pop(says_number("?"))); });
        this_fiber::yield();
        select(a.on_pop(says_number("took")), b.on_pop(says_number("?")));
        both.join();
        fiber taker([&] { select(a.on_push(2, says("?")), a.on_pop(says_number("got"))); });
        this_fiber::yield();
        BOOST_TEST(a.try_push(9));
        taker.join();
    });
    BOOST_TEST(line() == "none took1 gave got9");
}

BOOST_AUTO_TEST_CASE(a_value_that_is_not_sent_stays_with_the_caller)
{
    run([this] {
        channel<std::unique_ptr<int>> out;
        auto value = std::make_unique<int>(3);
        select(out.on_push(std::move(value), says("?")), after(1ms, says("time")));
        BOOST_REQUIRE(value);
        fiber taker([&] { note("got", **out.pop()); });
        select(out.on_push(std::move(value), says("sent")), after(1h, says("?")));
        taker.join();
        BOOST_TEST(!value);
    });
    BOOST_TEST(line() == "time got3 sent");
}

BOOST_AUTO_TEST_CASE(an_lvalue_is_copied)
{
    run([] {
        blocking_queue<std::string> queue;
        std::string text = "a text too long to be stored in the object itself";
        const std::string constant = text;
        select(queue.on_push(text));
        select(queue.on_push(constant));
        BOOST_TEST(queue.pop().value() == text);
        BOOST_TEST(queue.pop().value() == text);
        channel<std::string> direct;
        fiber taker([&] { BOOST_TEST(direct.pop().value() == text); });
        select(direct.on_push(text));
        taker.join();
        BOOST_TEST(text == constant);
    });
}

BOOST_AUTO_TEST_CASE(any_of_several_that_are_ready_is_as_likely_as_any_other)
{
    run([] {
        std::array<weft::manual_reset_event, 4> events;
        events[0].set();
        events[2].set();
        events[3].set();
        std::array<int, 4> wins{};
        constexpr int rounds = 9000;
        for (int i = 0; i < rounds; ++i)
        {
            ++wins[wait_any(events[0], events[1], events[2], events[3])];
        }
        BOOST_TEST(wins[1] == 0);
        for (const auto place : {0, 2, 3})
        {
            // About 2 deviations of 45 each way; the sequence is always the same.
            BOOST_TEST(wins[std::size_t(place)] > rounds / 3 - 200);
            BOOST_TEST(wins[std::size_t(place)] < rounds / 3 + 200);
        }
    });
}

BOOST_AUTO_TEST_CASE(wait_any_takes_things_as_they_are)
{
    run([] {
        weft::manual_reset_event never;
        weft::counting_semaphore<> semaphore(0);
        std::stop_source stop;
        weft::jfiber sleeper([] { this_fiber::sleep_for(1ms); });
        weft::promise<int> promise;
        auto future = promise.get_future();
        BOOST_TEST(wait_any(never, semaphore, stop.get_token(), future, sleeper, after(1h)) == 4U);
        sleeper.join();
        fiber other([&] {
            promise.set_value(1);
            semaphore.release(2);
            stop.request_stop();
        });
        BOOST_TEST(wait_any(never, semaphore, stop.get_token(), future) == 3U);
        BOOST_TEST(wait_any(never, semaphore, after(1h)) == 1U);
        BOOST_TEST(wait_any(never, stop.get_token()) == 1U);
        BOOST_TEST(semaphore.try_acquire());
        other.join();
    });
}

BOOST_AUTO_TEST_CASE(a_deferred_function_runs)
{
    run([] {
        weft::manual_reset_event never;
        auto lazy = weft::async(weft::launch::deferred, [] { return 3; });
        BOOST_TEST(wait_any(never, lazy) == 1U);
        BOOST_TEST(lazy.get() == 3);
    });
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated)
{
    run([] {
        std::array<blocking_queue<int>, 4> queues;
        weft::auto_reset_event event;
        weft::binary_semaphore semaphore(0);
        std::stop_source stop;
        std::uint64_t before = 0;
        std::uint64_t after_all = 0;
        int sum = 0;
        const auto add = [&sum](int number) { sum += number; };
        fiber one([&] {
            for (int i = 0; i < 400; ++i)
            {
                before = i == 100 ? allocation_count() : before;
                select(queues[0].on_pop(add), queues[1].on_pop(add), queues[2].on_pop(add), queues[3].on_pop(add),
                       event.on_set([] {}), semaphore.on_acquire([] {}), on_stop(stop.get_token(), [] {}),
                       after(1h, [] {}));
            }
            after_all = allocation_count();
        });
        for (std::size_t i = 0; i < 400; ++i)
        {
            this_fiber::yield();
            queues[i % 4].push(1);
        }
        one.join();
        BOOST_TEST(sum == 400);
        BOOST_TEST(after_all == before);
    });
}

BOOST_AUTO_TEST_CASE(threads_select_too)
{
    channel<int> queue;
    weft::manual_reset_event event;
    int got = 0;
    std::thread selecting_thread([&] {
        for (int i = 0; i < 2; ++i)
        {
            select(queue.on_pop([&](int number) { got += number; }), event.on_set([&] { got += 100; }),
                   after(1h, [] {}));
        }
    });
    run([&] {
        queue.push(5);
        event.set();
    });
    selecting_thread.join();
    BOOST_TEST(got == 105);
    BOOST_TEST(wait_any(queue.on_pop([](int) {}), after(1ms)) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
