// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/blocking_queue.hpp>
#include <weft/sync/channel.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/select.hpp>

#include "selecting.hpp"
#include "support/errors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::after;
using weft::blocking_queue;
using weft::channel;
using weft::fiber;
using weft::on_stop;
using weft::otherwise;
using weft::select;
using weft::wait_any;
using weft::wait_any_for;

// Closed queues, time, cancellation, errors, and sources that go away.
BOOST_FIXTURE_TEST_SUITE(select_end, selecting)

BOOST_AUTO_TEST_CASE(a_closed_queue)
{
    run([this] {
        blocking_queue<int> queue(1);
        queue.push(1);
        queue.close();
        const auto maybe = [this](std::optional<int> number) { number ? note("got", *number) : note("end"); };
        select(queue.on_pop(maybe), after(1h));
        select(queue.on_pop(maybe), after(1h));
        select(queue.on_pop(says_number("?")), after(1ms, says("time")));
        select(queue.on_push(1, [this](bool pushed) { note(pushed ? "?" : "nobody"); }), after(1h));
        select(queue.on_push(1, says("?")), after(1ms, says("time")));
        BOOST_TEST(error_of([&] { select(queue.on_push(1, says("?")), queue.on_pop(says_number("?"))); }) ==
                   errc::broken_pipe);
        BOOST_TEST(error_of([&] { select(on_stop(std::stop_token())); }) == errc::broken_pipe);
    });
    BOOST_TEST(line() == "got1 end time nobody time");
}

BOOST_AUTO_TEST_CASE(a_queue_closed_while_the_select_waits)
{
    run([this] {
        channel<int> a;
        channel<int> b;
        const auto maybe = [this](std::optional<int> number) { note(number ? "?" : "end"); };
        fiber told([&] { select(a.on_pop(maybe), b.on_pop(maybe)); });
        fiber not_told([&] { select(a.on_pop(says_number("?")), b.on_pop(says_number("got"))); });
        fiber hopeless([&] { note(error_of([&] { select(a.on_pop(says_number("?"))); }) ? "error" : "?"); });
        this_fiber::yield();
        a.close();
        this_fiber::yield();
        b.push(5);
        told.join();
        not_told.join();
        hopeless.join();
    });
    BOOST_TEST(line() == "end error got5");
}

BOOST_AUTO_TEST_CASE(the_earliest_of_several_times)
{
    run([this] {
        weft::manual_reset_event never;
        select(after(5ms, says("?")), after(2ms, says("two")), never.on_set(says("?")), after(3ms, says("?")));
        note_time("at");
        BOOST_TEST(!wait_any_for(3ms, never, on_stop(std::stop_token())));
        BOOST_TEST(!wait_any_until(clock.now() - 1h, never));
        BOOST_TEST(wait_any_for(3h, never, after(1ms)).value() == 1U);
        note_time("any");
        weft::deadline limit(1ms);
        note_time(error_of([&] { select(never.on_set(says("?")), after(1h, says("?"))); }) == timed_out ? "deadline"
                                                                                                        : "?");
    });
    BOOST_TEST(line() == "two at@2 any@6 deadline@7");
}

BOOST_AUTO_TEST_CASE(cancelled_while_it_waits_and_before)
{
    run([this] {
        channel<int> queue;
        weft::auto_reset_event event;
        weft::manual_reset_event set;
        set.set();
        fiber one([&] {
            note(error_of([&] { select(queue.on_pop(says_number("?")), event.on_set(says("?"))); }) == aborted
                     ? "waiting"
                     : "?");
            note(error_of([&] { select(set.on_set(says("?")), otherwise(says("?"))); }) == aborted ? "before" : "?");
        });
        this_fiber::yield();
        one.cancel();
        one.join();
        BOOST_TEST(!queue.try_push(1));
        event.set();
        BOOST_TEST(event.is_set());
    });
    BOOST_TEST(line() == "waiting before");
}

BOOST_AUTO_TEST_CASE(a_cancellation_does_not_take_back_what_has_come)
{
    run([this] {
        channel<int> queue;
        fiber one([&] { select(queue.on_pop(says_number("got"))); });
        this_fiber::yield();
        BOOST_TEST(queue.try_push(4));
        one.cancel();
        one.join();
    });
    BOOST_TEST(line() == "got4");
}

BOOST_AUTO_TEST_CASE(the_io_context_goes_away)
{
    channel<int> queue;
    weft::manual_reset_event event;
    std::stop_source stop;
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            const witness local(*this, "selecting");
            note(error_of([&] {
                     select(queue.on_pop(says_number("?")), event.on_set(says("?")), on_stop(stop.get_token()));
                 }) == aborted
                     ? "aborted"
                     : "?");
        });
        io.poll();
    }
    BOOST_TEST(line() == "aborted ~selecting");
    BOOST_TEST(!queue.try_push(1));
    event.set();
    stop.request_stop();
}

BOOST_AUTO_TEST_CASE(sources_destroyed_by_the_body)
{
    run([this] {
        auto queue = std::make_unique<channel<int>>();
        auto event = std::make_unique<weft::auto_reset_event>();
        fiber one([&] {
            select(queue->on_pop([&](int) {
                queue.reset();
                note("queue");
            }),
                   event->on_set(says("?")));
            select(event->on_set([&] {
                event.reset();
                note("event");
            }));
        });
        this_fiber::yield();
        queue->push(1);
        this_fiber::yield();
        event->set();
        one.join();
    });
    BOOST_TEST(line() == "queue event");
}

BOOST_AUTO_TEST_CASE(fibers_that_cannot_be_waited_for)
{
    run([] {
        fiber empty;
        BOOST_TEST(error_of([&] { wait_any(empty, after(1h)); }) == errc::invalid_argument);
        fiber self;
        fiber other(
            [&] { BOOST_TEST(error_of([&] { wait_any(self, after(1h)); }) == errc::resource_deadlock_would_occur); });
        self = std::move(other);
        this_fiber::yield();
        self.join();
    });
}

BOOST_AUTO_TEST_CASE(what_a_body_throws_leaves_select)
{
    run([] {
        blocking_queue<int> queue;
        queue.push(1);
        BOOST_CHECK_THROW(select(queue.on_pop([](int) { throw std::runtime_error("body"); })), std::runtime_error);
        BOOST_TEST(queue.empty());
    });
}

BOOST_AUTO_TEST_SUITE_END()
