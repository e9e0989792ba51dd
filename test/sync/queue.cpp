// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "queue_kinds.hpp"
#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

static_assert(!std::is_copy_constructible_v<weft::blocking_queue<int>>);
static_assert(!std::is_copy_constructible_v<weft::channel<int>>);

constexpr auto end_of_queue = boost::asio::error::eof;
const auto nobody_takes = make_error_code(errc::broken_pipe);

} // namespace

// push and pop, each in five situations: at once, later, timed out, cancelled, destroyed.
BOOST_FIXTURE_TEST_SUITE(queue_family, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(at_once, Kind, queues_that_hold)
{
    run([] {
        queue_of<Kind, int> queue;
        BOOST_TEST(queue.empty());
        BOOST_TEST(queue.capacity() == Kind::capacity);
        fiber other([] {});
        const auto before = weft::scheduler::current().counters().switches;
        BOOST_TEST(queue.push(1));
        BOOST_TEST(queue.size() == 1U);
        BOOST_TEST(queue.pop().value() == 1);
        BOOST_TEST(queue.push_for(2, 0s));
        BOOST_TEST(queue.pop_for(-1s).value() == 2);
        BOOST_TEST(queue.push_until(3, std::chrono::system_clock::time_point()));
        BOOST_TEST(queue.pop_until(std::chrono::steady_clock::time_point()).value() == 3);
        BOOST_TEST(queue.try_push(4));
        BOOST_TEST(queue.try_pop().value() == 4);
        boost::system::error_code error = aborted;
        BOOST_TEST(queue.push(5, error));
        BOOST_TEST(!error);
        error = aborted;
        BOOST_TEST(queue.pop(error).value() == 5);
        BOOST_TEST(!error);
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        other.join();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(try_forms_do_not_wait, Kind, all_queues)
{
    queue_of<Kind, int> queue;
    BOOST_TEST(!queue.try_pop());
    if (Kind::capacity < 10)
    {
        BOOST_TEST(fill(queue) == int(Kind::capacity));
        BOOST_TEST(queue.size() == Kind::capacity);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(pop_waits_until_something_comes, Kind, all_queues)
{
    run([this] {
        queue_of<Kind, int> queue;
        fiber taker([&] {
            note_time("pop" + std::to_string(queue.pop().value()));
            note_time("for" + std::to_string(queue.pop_for(1h).value()));
            note_time("until" + std::to_string(queue.pop_until(clock.now() + 1h).value()));
        });
        for (int i = 1; i <= 3; ++i)
        {
            this_fiber::sleep_for(2ms);
            queue.push(i);
        }
        taker.join();
    });
    BOOST_TEST(line() == "pop1@2 for2@4 until3@6");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(push_waits_until_there_is_room, Kind, queues_that_fill)
{
    run([this] {
        queue_of<Kind, int> queue;
        fill(queue);
        fiber putter([&] {
            queue.push(7);
            note_time("push");
            queue.push_for(8, 1h);
            note_time("for");
            queue.push_until(9, clock.now() + 1h);
            note_time("until");
        });
        for (int i = 1; i <= 3; ++i)
        {
            this_fiber::sleep_for(2ms);
            BOOST_TEST(queue.pop().has_value());
            this_fiber::yield();
        }
        putter.join();
        BOOST_TEST(queue.size() == Kind::capacity);
    });
    BOOST_TEST(line() == "push@2 for@4 until@6");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(given_up_in_time, Kind, queues_that_fill)
{
    run([this] {
        queue_of<Kind, int> queue;
        boost::system::error_code error;
        note_time(queue.pop_for(3ms) ? "?" : "for");
        note_time(queue.pop_until(start + 5ms) ? "?" : "until");
        note_time(queue.pop_for(0s) || queue.pop_for(-1h) || queue.pop_until(clock.now()) ? "?" : "over");
        BOOST_TEST(!queue.pop_for(1ms, error));
        BOOST_TEST(error == timed_out);
        const auto filled = fill(queue);
        int value = 100;
        note_time(queue.push_for(value, 4ms) ? "?" : "full");
        BOOST_TEST(!queue.push_for(value, 0ms, error));
        BOOST_TEST(error == timed_out);
        {
            const weft::deadline limit(2ms);
            note_time(error_of([&] { queue.push(value); }) == timed_out ? "deadline" : "?");
            BOOST_TEST(!queue.push(value, error));
            BOOST_TEST(error == timed_out);
        }
        // What gave up has left nothing behind.
        int left = 0;
        while (queue.try_pop())
        {
            ++left;
        }
        BOOST_TEST(left == filled);
    });
    BOOST_TEST(line() == "for@3 until@5 over@5 full@10 deadline@12");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(waiting_for_ever_and_huge_times, Kind, all_queues)
{
    run([] {
        queue_of<Kind, int> queue;
        fiber taker([&] {
            BOOST_TEST(queue.pop_for(std::chrono::hours::max()).value() == 1);
            BOOST_TEST(queue.pop_until(std::chrono::system_clock::time_point::max()).value() == 2);
        });
        this_fiber::yield();
        BOOST_TEST(queue.push_until(1, std::chrono::steady_clock::time_point::max()));
        BOOST_TEST(queue.push_for(2, std::chrono::nanoseconds::max()));
        taker.join();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cancelled, Kind, queues_that_fill)
{
    run([this] {
        queue_of<Kind, int> empty;
        queue_of<Kind, int> full;
        fill(full);
        fiber taker([&] {
            note_time(error_of([&] { empty.pop(); }) == aborted ? "pop" : "?");
            boost::system::error_code error;
            empty.pop(error);
            note_time(error == aborted ? "again" : "?");
        });
        fiber putter([&] {
            note_time(error_of([&] { full.push(1); }) == aborted ? "push" : "?");
            boost::system::error_code error;
            BOOST_TEST(!empty.push_for(1, 1h, error)); // there might be room; the request counts more
            note_time(error == aborted ? "again" : "?");
        });
        this_fiber::sleep_for(1ms);
        taker.cancel();
        putter.cancel();
        taker.join();
        putter.join();
        BOOST_TEST(full.size() == Kind::capacity);
        BOOST_TEST(empty.size() == 0U);
    });
    BOOST_TEST(line() == "pop@1 again@1 push@1 again@1");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_element_is_not_lost_on_one_who_is_cancelled, Kind, all_queues)
{
    run([this] {
        queue_of<Kind, int> queue;
        fiber first([&] { note(error_of([&] { queue.pop(); }) == aborted ? "aborted" : "?"); });
        fiber second([&] { note("got", queue.pop().value()); });
        this_fiber::yield();
        first.cancel();
        queue.push(5);
        first.join();
        second.join();
    });
    BOOST_TEST(line() == "aborted got5");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_cancellation_does_not_take_an_element_back, Kind, all_queues)
{
    run([this] {
        queue_of<Kind, int> queue;
        fiber taker([&] { note("got", queue.pop().value()); });
        this_fiber::yield();
        queue.push(5);
        taker.cancel();
        taker.join();
    });
    BOOST_TEST(line() == "got5");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_io_context_goes_away, Kind, queues_that_fill)
{
    queue_of<Kind, int> empty;
    queue_of<Kind, int> full;
    const auto filled = fill(full);
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            const witness local(*this, "taker");
            note(error_of([&] { empty.pop(); }) == aborted ? "aborted" : "?");
        });
        weft::spawn(io, [&] {
            const witness local(*this, "putter");
            note(error_of([&] { full.push(1); }) == aborted ? "aborted" : "?");
        });
        io.poll();
    }
    BOOST_TEST(line() == "aborted ~taker aborted ~putter");
    BOOST_TEST(!empty.try_push(1) == (Kind::capacity == 0));
    BOOST_TEST(int(full.size()) == filled);
}

// ── the end ──

BOOST_AUTO_TEST_CASE_TEMPLATE(closed_while_others_wait, Kind, queues_that_fill)
{
    run([this] {
        queue_of<Kind, int> empty;
        queue_of<Kind, int> full;
        fill(full);
        std::vector<fiber> all;
        for (int i = 0; i < 3; ++i)
        {
            all.emplace_back([&, i] { note(empty.pop() ? "?" : "pop", i); });
            all.emplace_back([&, i] { note(full.push(i) ? "?" : "push", i); });
        }
        this_fiber::yield();
        empty.close();
        full.close();
        join_all(all);
        BOOST_TEST(empty.is_closed());
        BOOST_TEST(full.size() == Kind::capacity);
    });
    BOOST_TEST(line() == "pop0 pop1 pop2 push0 push1 push2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_closed_one_gives_out_what_it_holds, Kind, queues_that_hold)
{
    run([] {
        queue_of<Kind, int> queue;
        queue.push(1);
        BOOST_TEST(!queue.is_closed());
        queue.close();
        queue.close();
        BOOST_TEST(queue.is_closed());
        std::string value = "untouched";
        queue_of<Kind, std::string> other;
        other.close();
        boost::system::error_code error;
        BOOST_TEST(!other.push(std::move(value)));
        BOOST_TEST(!other.try_push(std::move(value)));
        BOOST_TEST(!other.push_for(std::move(value), 1h));
        BOOST_TEST(!other.push(std::move(value), error));
        BOOST_TEST(error == nobody_takes);
        BOOST_TEST(value == "untouched");
        BOOST_TEST(!queue.push(2));
        BOOST_TEST(queue.pop(error).value() == 1);
        BOOST_TEST(!error);
        BOOST_TEST(!queue.pop());
        BOOST_TEST(!queue.try_pop());
        BOOST_TEST(!queue.pop_for(1h));
        BOOST_TEST(!queue.pop(error));
        BOOST_TEST(error == end_of_queue);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(range_for_until_it_is_closed, Kind, all_queues)
{
    run([this] {
        queue_of<Kind, std::unique_ptr<int>> queue;
        fiber taker([&] {
            for (const auto& each : queue)
            {
                note("", *each);
            }
            note("end");
        });
        for (int i = 0; i < 5; ++i)
        {
            queue.push(std::make_unique<int>(i));
            this_fiber::yield();
        }
        queue.close();
        taker.join();
        for (const auto& each : queue)
        {
            note("?", *each);
        }
    });
    BOOST_TEST(line() == "0 1 2 3 4 end");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(destroyed_by_who_got_the_element, Kind, all_queues)
{
    run([this] {
        auto queue = std::make_unique<queue_of<Kind, int>>();
        fiber taker([&] {
            queue->pop();
            queue.reset();
            note("destroyed");
        });
        this_fiber::yield();
        queue->push(1);
        taker.join();
    });
    BOOST_TEST(line() == "destroyed");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(destroyed_by_a_thread_that_got_the_element, Kind, all_queues)
{
    for (int i = 0; i < 200; ++i)
    {
        auto queue = std::make_optional<queue_of<Kind, int>>();
        std::thread putter([&queue] { queue->push(1); });
        queue->pop();
        queue.reset();
        putter.join();
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(destroying_it_wakes_who_waits, Kind, queues_that_fill)
{
    run([this] {
        auto empty = std::make_unique<queue_of<Kind, int>>();
        auto full = std::make_unique<queue_of<Kind, int>>();
        fill(*full);
        fiber taker([this, &queue = *empty] { note(queue.pop() ? "?" : "end"); });
        fiber putter([this, &queue = *full] { note(queue.push(1) ? "?" : "nobody"); });
        this_fiber::yield();
        empty.reset();
        full.reset();
        taker.join();
        putter.join();
    });
    BOOST_TEST(line() == "end nobody");
}

BOOST_AUTO_TEST_SUITE_END()
