// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_blocking.hpp"
#include "support/allocation_counter.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::blocking_call;
using weft::blocking_pool;
using weft::fiber;

BOOST_FIXTURE_TEST_SUITE(blocking_calls, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(V7_the_result_comes_back)
{
    run_fibers([] {
        const auto own = std::this_thread::get_id();
        BOOST_TEST((blocking_call([] { return std::this_thread::get_id(); }) != own));
        BOOST_TEST(blocking_call([text = std::string("moved")]() mutable { return std::move(text); }) == "moved");
        BOOST_TEST(*blocking_call([] { return std::make_unique<int>(3); }) == 3);
        int here = 0;
        int& same = blocking_call([&]() -> int& { return here; });
        BOOST_TEST(&same == &here);
        blocking_call([&] { here = 5; });
        BOOST_TEST(here == 5);
        BOOST_TEST(blocking_call([] { return this_fiber::is_fiber(); }) == false);
    });
}

BOOST_AUTO_TEST_CASE(an_exception_comes_back)
{
    run_fibers([] {
        BOOST_CHECK_EXCEPTION(blocking_call([] { throw std::out_of_range("far away"); }), std::out_of_range,
                              [](const auto& error) { return error.what() == std::string("far away"); });
    });
}

BOOST_AUTO_TEST_CASE(V7_other_fibers_run_meanwhile)
{
    run_fibers([] {
        held_call held;
        int result = 0;
        watched_fiber caller([&] { result = blocking_call(std::ref(held)); });
        held.begun.wait(); // the thread blocks, this one does not
        BOOST_TEST(result == 0);
        held.go.count_down();
        caller.join();
        BOOST_TEST(result == 7);
    });
}

BOOST_AUTO_TEST_CASE(outside_of_fibers_it_is_a_call)
{
    BOOST_TEST((blocking_call([] { return std::this_thread::get_id(); }) == std::this_thread::get_id()));
    run_fibers([] {
        const auto refused = weft::on_thread_stack([] { return error_of([] { blocking_call([] {}); }); });
        BOOST_TEST(refused == errc::operation_not_permitted);
    });
}

BOOST_AUTO_TEST_CASE(cancelled_before_a_thread_has_begun)
{
    run_fibers([] {
        blocking_pool pool(one_thread());
        held_call held;
        watched_fiber first([&] { pool.call(std::ref(held)); });
        held.begun.wait();
        bool called = false;
        error_code left_by;
        fiber second([&] { left_by = error_of([&] { pool.call([&] { called = true; }); }); });
        this_fiber::yield();
        BOOST_TEST(pool.statistics().queued == 1U);
        second.cancel();
        second.join();
        BOOST_TEST(left_by == aborted);
        BOOST_TEST(pool.statistics().queued == 0U);
        BOOST_TEST(pool.statistics().canceled == 1U);
        held.go.count_down();
        first.join();
        BOOST_TEST(!called);
        const auto at_entry = error_of([&] {
            fiber third([&] { left_by = error_of([&] { pool.call([&] { called = true; }); }); });
            third.cancel();
            third.join();
        });
        BOOST_TEST(!at_entry);
        BOOST_TEST(left_by == aborted);
        BOOST_TEST(!called);
    });
}

BOOST_AUTO_TEST_CASE(cancelled_while_it_runs_the_result_is_not_lost)
{
    run_fibers([] {
        held_call held;
        int result = 0;
        error_code next_wait;
        fiber caller([&] {
            result = blocking_call(std::ref(held));
            next_wait = error_of([] { this_fiber::sleep_for(1h); });
        });
        held.begun.wait();
        caller.cancel();
        for (int i = 0; i < 10; ++i)
        {
            this_fiber::yield();
        }
        BOOST_TEST(!caller.join_for(0s));
        held.go.count_down();
        caller.join();
        BOOST_TEST(result == 7);
        BOOST_TEST(next_wait == aborted);
    });
}

BOOST_AUTO_TEST_CASE(deadlines)
{
    run_fibers(
        [this] {
            blocking_pool pool(one_thread());
            held_call held;
            int result = 0;
            watched_fiber running([&] {
                const weft::deadline limit(1s);
                result = pool.call(std::ref(held));
            });
            held.begun.wait();
            error_code left_by;
            bool called = false;
            const auto call_it = [&] {
                const weft::deadline limit(1s);
                left_by = error_of([&] { pool.call([&] { called = true; }); });
            };
            watched_fiber queued(call_it);
            this_fiber::yield();
            standing.advance(2s);
            queued.join();
            BOOST_TEST(left_by == timed_out);
            held.go.count_down();
            running.join();
            BOOST_TEST(result == 7);
            const weft::deadline over(0s);
            left_by = {};
            call_it();
            BOOST_TEST(left_by == timed_out);
            BOOST_TEST(!called);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(a_cancellation_that_is_blocked)
{
    run_fibers([] {
        blocking_pool pool(one_thread());
        held_call held;
        watched_fiber first([&] { pool.call(std::ref(held)); });
        held.begun.wait();
        int result = 0;
        fiber second([&] {
            const weft::cancellation_blocker block;
            result = pool.call([] { return 3; });
        });
        this_fiber::yield();
        second.cancel();
        this_fiber::yield();
        held.go.count_down();
        second.join();
        first.join();
        BOOST_TEST(result == 3);
    });
}

BOOST_AUTO_TEST_CASE(no_allocation)
{
    run_fibers([] {
        blocking_pool pool(one_thread());
        int sum = 0;
        const auto call_it = [&] { pool.call([&] { ++sum; }); };
        call_it();
        wait_till([&] { return pool.statistics().idle == 1; });
        const auto before = weft::test::allocation_count();
        for (int i = 0; i < 100; ++i)
        {
            call_it();
        }
        BOOST_TEST(weft::test::allocation_count() == before);
        BOOST_TEST(sum == 101);
    });
}

BOOST_AUTO_TEST_CASE(the_io_context_is_destroyed)
{
    blocking_pool pool(one_thread());
    held_call held;
    std::optional<int> result;
    error_code left_by;
    error_code second_wait;
    bool called = false;
    std::thread releaser;
    {
        asio::io_context io;
        weft::spawn(io, [&] {
            result = pool.call(std::ref(held));
            second_wait = error_of([&] { pool.call([&] { called = true; }); });
        });
        io.run_one();
        wait_till([&] { return held.begun.is_set(); });
        weft::spawn(io, [&] { left_by = error_of([&] { pool.call([&] { called = true; }); }); });
        io.poll();
        BOOST_TEST(pool.statistics().queued == 1U);
        releaser = std::thread([&] {
            // Before the end has withdrawn what is queued, the pool's thread would begin with it.
            const auto limit = std::chrono::steady_clock::now() + weft::test::deadlock_limit;
            while (pool.statistics().queued != 0 && std::chrono::steady_clock::now() < limit)
            {
                std::this_thread::yield();
            }
            held.go.count_down();
        });
    }
    releaser.join();
    BOOST_TEST(result.value_or(0) == 7);
    BOOST_TEST(left_by == aborted);
    BOOST_TEST(second_wait == aborted);
    BOOST_TEST(!called);
}

BOOST_AUTO_TEST_CASE(the_io_context_is_destroyed_under_a_cancelled_caller)
{
    held_call held;
    std::optional<int> result;
    bool is_left_alone = false;
    std::thread releaser;
    {
        asio::io_context io;
        fiber caller;
        weft::spawn(io, [&] {
            caller = fiber([&] { result = blocking_call(std::ref(held)); });
            held.begun.wait();
            caller.cancel();
            this_fiber::yield();
            caller.detach();
            is_left_alone = true;
        });
        wait_till([&] {
            io.poll();
            return is_left_alone;
        });
        releaser = std::thread([&] { held.go.count_down(); });
    }
    releaser.join();
    BOOST_TEST(result.value_or(0) == 7);
}

BOOST_AUTO_TEST_SUITE_END()
