// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/event.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>
#include <type_traits>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::auto_reset_event;
using weft::fiber;
using weft::manual_reset_event;

namespace
{

using all_events = std::tuple<manual_reset_event, auto_reset_event>;

static_assert(!std::is_copy_constructible_v<manual_reset_event>);
static_assert(!std::is_copy_constructible_v<auto_reset_event>);

} // namespace

// V9: created reset; set, reset, wait, wait with time-out, query. Each wait in five situations: ready at once, woken
// later, timed out, cancelled, destroyed.
BOOST_FIXTURE_TEST_SUITE(event_family, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(V9_created_reset_set_and_queried, Event, all_events)
{
    Event event;
    BOOST_TEST(!event.is_set());
    event.set();
    BOOST_TEST(event.is_set());
    event.set();
    BOOST_TEST(event.is_set());
    event.reset();
    BOOST_TEST(!event.is_set());
    event.reset();
    BOOST_TEST(!event.is_set());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(V9_ready_at_once, Event, all_events)
{
    run([this] {
        Event event;
        fiber other([] {});
        const auto before = weft::scheduler::current().counters().switches;
        event.set();
        event.wait();
        event.set();
        BOOST_TEST(event.wait_for(0s));
        event.set();
        BOOST_TEST(event.wait_for(-1s));
        event.set();
        BOOST_TEST(event.wait_until(clock.now() - 1h));
        event.set();
        BOOST_TEST(event.wait_until(std::chrono::system_clock::time_point()));
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        other.join();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(V9_woken_later, Event, all_events)
{
    run([this] {
        Event event;
        fiber waiter([&] {
            event.wait();
            note_time("wait");
            event.reset();
            note_time(event.wait_for(1h) ? "wait_for" : "?");
            event.reset();
            note_time(event.wait_until(clock.now() + 1h) ? "wait_until" : "?");
        });
        for (int i = 0; i < 3; ++i)
        {
            this_fiber::sleep_for(2ms);
            event.set();
        }
        waiter.join();
    });
    BOOST_TEST(line() == "wait@2 wait_for@4 wait_until@6");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(V9_timed_out, Event, all_events)
{
    run([this] {
        Event event;
        note_time(event.wait_for(3ms) ? "?" : "for");
        note_time(event.wait_until(start + 5ms) ? "?" : "until");
        note_time(event.wait_for(0s) ? "?" : "zero");
        note_time(event.wait_for(-1h) ? "?" : "negative");
        note_time(event.wait_until(clock.now()) ? "?" : "now");
        // What gave up takes nothing away.
        event.set();
        BOOST_TEST(event.is_set());
        const weft::deadline limit(2ms);
        event.reset();
        note_time(error_of([&event] { event.wait(); }) == timed_out ? "deadline" : "?");
    });
    BOOST_TEST(line() == "for@3 until@5 zero@5 negative@5 now@5 deadline@7");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(V9_cancelled, Event, all_events)
{
    run([this] {
        Event event;
        fiber waiter([&] {
            note_time(error_of([&event] { event.wait(); }) == aborted ? "waiting" : "?");
            note_time(error_of([&event] { event.wait_for(1h); }) == aborted ? "before" : "?");
        });
        this_fiber::sleep_for(1ms);
        waiter.cancel();
        waiter.join();
        event.set();
        BOOST_TEST(event.is_set());
    });
    BOOST_TEST(line() == "waiting@1 before@1");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_set_is_not_lost_on_one_who_is_being_cancelled, Event, all_events)
{
    run([this] {
        Event event;
        fiber first([&] { note(error_of([&event] { event.wait(); }) == aborted ? "aborted" : "?"); });
        fiber second([&] {
            event.wait();
            note("got_it");
        });
        this_fiber::yield();
        first.cancel();
        event.set();
        first.join();
        second.join();
    });
    BOOST_TEST(line() == "aborted got_it");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_cancellation_does_not_take_back_a_set, Event, all_events)
{
    run([this] {
        Event event;
        fiber waiter([&] { note(error_of([&event] { event.wait(); }) ? "?" : "got_it"); });
        this_fiber::yield();
        event.set();
        waiter.cancel();
        waiter.join();
    });
    BOOST_TEST(line() == "got_it");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(V9_the_woken_side_destroys_it, Event, all_events)
{
    run([this] {
        auto event = std::make_unique<Event>();
        fiber waiter([&] {
            event->wait();
            event.reset();
            note("destroyed");
        });
        this_fiber::yield();
        event->set();
        waiter.join();
    });
    BOOST_TEST(line() == "destroyed");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_woken_thread_destroys_it, Event, all_events)
{
    for (int i = 0; i < 100; ++i)
    {
        auto event = std::make_optional<Event>();
        std::thread setter([&event] { event->set(); });
        event->wait();
        event.reset();
        setter.join();
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(V9_the_io_context_goes_away, Event, all_events)
{
    Event event;
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            const witness local(*this, "waiter");
            note(error_of([&event] { event.wait(); }) == aborted ? "aborted" : "?");
        });
        io.poll();
    }
    BOOST_TEST(line() == "aborted ~waiter");
    event.set();
    BOOST_TEST(event.is_set());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(set_by_a_handler, Event, all_events)
{
    boost::asio::io_context io;
    Event event;
    weft::spawn(io, [&] {
        boost::asio::post(io, [&] {
            event.set();
            note("handler");
        });
        event.wait();
        note("woken");
    });
    io.run();
    BOOST_TEST(line() == "handler woken");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_done_before_set_is_visible, Event, all_events)
{
    for (int i = 0; i < 50; ++i)
    {
        Event event;
        int data = 0; // plain
        std::thread other([&] {
            data = 7;
            event.set();
        });
        int seen = 0;
        run([&] {
            event.wait();
            seen = data;
        });
        other.join();
        BOOST_TEST(seen == 7);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(threads_wait_too, Event, all_events)
{
    Event event;
    BOOST_TEST(!event.wait_for(1ms));
    std::thread waiter([&event] { event.wait(); });
    run([&event] { event.set(); });
    waiter.join();
    event.set();
    BOOST_TEST(event.wait_for(1h));
}

BOOST_AUTO_TEST_SUITE_END()
