// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/async.hpp>
#include <weft/sync/promise.hpp>
#include <weft/sync/wait_all.hpp>
#include <weft/sync/wait_any.hpp>

#include "future_kinds.hpp"
#include "support/allocation_counter.hpp"
#include "support/drivers.hpp"
#include "support/errors.hpp"
#include "support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::async;
using weft::fiber;
using weft::future;
using weft::launch;
using weft::promise;
using weft::wait_all;
using weft::wait_all_until_first_error;
using weft::wait_any;
using weft::wait_any_for;
using weft::wait_any_until;

namespace
{

auto after(std::chrono::milliseconds time)
{
    return async([time] { this_fiber::sleep_for(time); });
}

auto failing_after(std::chrono::milliseconds time, std::string text)
{
    return async([time, text] {
        this_fiber::sleep_for(time);
        throw std::runtime_error(text);
    });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(several_futures, virtual_time)

WEFT_DRIVEN_TEST_CASE(W6_the_first_of_several)
{
    std::size_t first = 9;
    std::size_t second = 9;
    drive(driver, clock, [&] {
        auto slow = after(3ms);
        auto fast = async([] {
            this_fiber::sleep_for(1ms);
            return 5;
        });
        auto shared = after(2ms).share();
        first = wait_any(slow, fast, shared);
        fast.get();
        second = wait_any(slow, shared);
        wait_all(slow, shared);
    });
    BOOST_TEST(first == 1U);
    BOOST_TEST(second == 1U);
}

BOOST_AUTO_TEST_CASE(ready_at_once)
{
    run([] {
        promise<int> never;
        promise<int> now;
        auto a = never.get_future();
        auto b = now.get_future();
        now.set_value(1);
        const auto before = weft::scheduler::current().counters().switches;
        BOOST_TEST(wait_any(a, b) == 1U);
        BOOST_TEST(wait_any(b) == 0U);
        BOOST_TEST((wait_any_for(-1s, a, b) == std::optional<std::size_t>(1)));
        BOOST_TEST(
            (wait_any_until(std::chrono::steady_clock::time_point::max(), a, b) == std::optional<std::size_t>(1)));
        const std::vector<weft::shared_future<int>> range{a.share(), b.share()};
        BOOST_TEST(wait_any(range) == 1U);
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        BOOST_TEST(range[1].get() == 1);
    });
}

BOOST_AUTO_TEST_CASE(limits)
{
    run([this] {
        auto a = after(10ms);
        auto b = after(20ms);
        BOOST_TEST(!wait_any_for(2ms, a, b));
        note_time("for");
        BOOST_TEST(!wait_any_until(clock.now() + 1ms, a, b));
        note_time("until");
        BOOST_TEST(!wait_any_for(-1h, a, b));
        BOOST_TEST(!wait_any_until(std::chrono::system_clock::time_point(), a, b));
        note_time("over");
        {
            const weft::deadline limit(1ms);
            note_time(error_of([&] { wait_any(a, b); }) == timed_out ? "deadline" : "?");
            note_time(error_of([&] { wait_any_for(1h, a, b); }) == timed_out ? "deadline" : "?");
            note_time(error_of([&] { wait_all(a, b); }) == timed_out ? "deadline" : "?");
            note_time(error_of([&] { wait_all_until_first_error(a, b); }) == timed_out ? "deadline" : "?");
        }
        BOOST_TEST((wait_any_for(std::chrono::hours::max(), a, b) == std::optional<std::size_t>(0)));
        note_time("huge");
        wait_all(a, b);
        note_time("all");
    });
    BOOST_TEST(line() == "for@2 until@3 over@3 deadline@4 deadline@4 deadline@4 deadline@4 huge@10 all@20");
}

BOOST_AUTO_TEST_CASE(cancelled_before_and_during)
{
    run([this] {
        auto a = after(10ms);
        auto b = after(20ms);
        fiber waiting([&] {
            note_time(error_of([&] { wait_any(a, b); }) == aborted ? "any" : "?");
            note_time(error_of([&] { wait_any_for(1h, a, b); }) == aborted ? "for" : "?");
            note_time(error_of([&] { wait_all(a, b); }) == aborted ? "all" : "?");
            note_time(error_of([&] { wait_all_until_first_error(a, b); }) == aborted ? "first_error" : "?");
            promise<int> now;
            auto ready = now.get_future();
            now.set_value(1);
            BOOST_TEST(wait_any(a, ready) == 1U); // there is nothing to wait for
        });
        this_fiber::sleep_for(1ms);
        waiting.cancel();
        waiting.join();
        wait_all(a, b);
    });
    BOOST_TEST(line() == "any@1 for@1 all@1 first_error@1");
}

BOOST_AUTO_TEST_CASE(a_result_that_comes_with_the_cancellation_is_seen)
{
    run([] {
        promise<int> given;
        promise<int> never;
        auto a = never.get_future();
        auto b = given.get_future();
        std::optional<std::size_t> which;
        fiber waiting([&] { which = wait_any(a, b); });
        this_fiber::yield();
        waiting.cancel();
        given.set_value(1);
        waiting.join();
        BOOST_TEST((which == std::optional<std::size_t>(1)));
    });
}

BOOST_AUTO_TEST_CASE(deferred_functions)
{
    run([this] {
        auto slow = after(1ms);
        auto deferred = async(launch::deferred, [this] { note("runs"); });
        BOOST_TEST(!wait_any_for(0ms, slow, deferred));
        BOOST_TEST(wait_any(slow, deferred) == 1U);
        auto another = async(launch::deferred, [this] { note("runs"); });
        wait_all(slow, another);
    });
    BOOST_TEST(line() == "runs runs");
}

BOOST_AUTO_TEST_CASE(the_first_error_ends_the_wait)
{
    run([this] {
        std::vector<future<void>> all;
        all.push_back(after(1ms));
        all.push_back(failing_after(3ms, "late"));
        all.push_back(failing_after(2ms, "first"));
        all.push_back(after(4ms));
        try
        {
            wait_all_until_first_error(all);
        }
        catch (const std::runtime_error& error)
        {
            note_time(error.what());
        }
        wait_all(all);
        note_time("all");
        BOOST_CHECK_THROW(all[1].get(), std::runtime_error);
        BOOST_CHECK_THROW(all[2].get(), std::runtime_error);
        auto one = after(1ms);
        auto two = after(2ms);
        wait_all_until_first_error(one, two);
        note_time("without");
    });
    BOOST_TEST(line() == "first@2 all@4 without@6");
}

BOOST_AUTO_TEST_CASE(bad_input)
{
    run([] {
        const std::vector<future<int>> none;
        BOOST_TEST(error_of([&] { wait_any(none); }) == errc::invalid_argument);
        wait_all(none);
        wait_all_until_first_error(none);
        future<int> empty;
        auto ready = async(launch::dispatch, [] {});
        constexpr auto no_state = std::future_errc::no_state;
        BOOST_TEST(fails_with(no_state, [&] { wait_any(ready, empty); }));
        BOOST_TEST(fails_with(no_state, [&] { wait_all(ready, empty); }));
        BOOST_TEST(fails_with(no_state, [&] { wait_all_until_first_error(ready, empty); }));
    });
}

BOOST_AUTO_TEST_CASE(more_than_eight)
{
    run([] {
        constexpr std::size_t count = 100;
        std::deque<promise<std::size_t>> given(count);
        std::vector<future<std::size_t>> results;
        for (auto& one : given)
        {
            results.push_back(one.get_future());
        }
        fiber giver([&] {
            this_fiber::sleep_for(1ms);
            given[77].set_value(77);
            given[12].set_value(12);
        });
        BOOST_TEST(wait_any(results) == 12U); // both are ready when the fiber runs
        giver.join();
        for (auto& one : given)
        {
            one = promise<std::size_t>(); // broken
        }
        BOOST_TEST(fails_with(std::future_errc::broken_promise, [&] { wait_all_until_first_error(results); }));
        wait_all(results);
    });
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_for_up_to_eight)
{
    run([] {
        std::deque<promise<int>> given(8);
        std::vector<future<int>> results;
        for (auto& one : given)
        {
            results.push_back(one.get_future());
        }
        BOOST_TEST(!wait_any_for(1ms, results)); // the first timer
        fiber giver([&] {
            this_fiber::sleep_for(1ms);
            given[7].set_value(7);
        });
        const auto before = allocation_count();
        BOOST_TEST(!wait_any_for(0ms, results));
        BOOST_TEST(wait_any(results) == 7U);
        BOOST_TEST(allocation_count() == before);
        giver.join();
    });
}

// Plain threads that give, fibers and a plain thread that wait: no wake-up is lost.
BOOST_AUTO_TEST_CASE(given_by_several_threads)
{
    std::mt19937 random(seed("several_futures"));
    for (int round = 0; round < 50; ++round)
    {
        std::deque<promise<int>> given(6);
        std::vector<weft::shared_future<int>> results;
        for (auto& one : given)
        {
            results.push_back(one.get_future().share());
        }
        const auto order = random() % 6;
        std::thread one([&] {
            for (std::size_t i = 0; i < 3; ++i)
            {
                given[(order + i) % 6].set_value(1);
            }
        });
        std::thread other([&] {
            for (std::size_t i = 3; i < 6; ++i)
            {
                given[(order + i) % 6].set_value(1);
            }
        });
        const auto take_all = [&results] {
            auto left = results;
            int sum = 0;
            while (!left.empty())
            {
                const auto first = wait_any(left);
                sum += left[first].get();
                left.erase(left.begin() + static_cast<std::ptrdiff_t>(first));
            }
            return sum;
        };
        int in_fiber = 0;
        std::thread fibers([&] { in_fiber = weft::run(take_all); });
        BOOST_TEST(take_all() == 6);
        wait_all_until_first_error(results);
        one.join();
        other.join();
        fibers.join();
        BOOST_TEST(in_fiber == 6);
    }
}

BOOST_AUTO_TEST_SUITE_END()
