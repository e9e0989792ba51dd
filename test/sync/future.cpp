// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "future_kinds.hpp"
#include "support/allocation_counter.hpp"
#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::future;
using weft::future_status;
using weft::promise;
using weft::shared_future;

static_assert(std::is_nothrow_default_constructible_v<future<int>>);
static_assert(std::is_nothrow_move_constructible_v<future<int>> && !std::is_copy_constructible_v<future<int>>);
static_assert(std::is_nothrow_move_assignable_v<future<int>> && !std::is_copy_assignable_v<future<int>>);
static_assert(std::is_copy_constructible_v<shared_future<int>> && std::is_copy_assignable_v<shared_future<int>>);
static_assert(std::is_nothrow_constructible_v<shared_future<int>, future<int>&&>);
static_assert(std::is_same_v<decltype(std::declval<future<int>&>().get()), int>);
static_assert(std::is_same_v<decltype(std::declval<future<int&>&>().get()), int&>);
static_assert(std::is_same_v<decltype(std::declval<shared_future<int>&>().get()), const int&>);
static_assert(std::is_same_v<decltype(std::declval<shared_future<int&>&>().get()), int&>);
static_assert(std::is_same_v<decltype(std::declval<shared_future<void>&>().get()), void>);
static_assert(std::is_same_v<future_status, std::future_status>);

using witness_pointer = std::unique_ptr<witness>;

// Both futures, for several types of result.
BOOST_FIXTURE_TEST_SUITE(future_family, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(ready_at_once, Kind, future_kinds)
{
    run([] {
        promise<typename Kind::value> given;
        auto result = Kind::of(given);
        BOOST_TEST(result.valid());
        BOOST_TEST(!result.is_ready());
        Kind::keep(given, 42);
        BOOST_TEST(result.is_ready());
        const auto before = weft::scheduler::current().counters().switches;
        result.wait();
        BOOST_TEST((result.wait_for(-1s) == future_status::ready));
        BOOST_TEST((result.wait_until(std::chrono::system_clock::time_point()) == future_status::ready));
        BOOST_TEST(Kind::get(result) == 42);
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        constexpr bool is_shared = std::is_copy_constructible_v<typename Kind::future>;
        BOOST_TEST(result.valid() == is_shared);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(woken_later, Kind, future_kinds)
{
    run([this] {
        promise<typename Kind::value> given;
        auto result = Kind::of(given);
        fiber getter([&] {
            BOOST_TEST((result.wait_for(1ms) == future_status::timeout));
            note_time("timeout");
            BOOST_TEST((result.wait_until(clock.now() + 1ms) == future_status::timeout));
            note_time("timeout");
            BOOST_TEST((result.wait_for(std::chrono::hours::max()) == future_status::ready));
            note("got", Kind::get(result));
            note_time("end");
        });
        this_fiber::sleep_for(5ms);
        Kind::keep(given, 7);
        note("kept");
        getter.join();
    });
    BOOST_TEST(line() == "timeout@1 timeout@2 kept got7 end@5");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cancelled_and_nothing_is_lost, Kind, future_kinds)
{
    run([this] {
        promise<typename Kind::value> given;
        auto result = Kind::of(given);
        fiber getter([&] {
            note_time(error_of([&] { Kind::get(result); }) == aborted ? "waiting" : "?");
            note_time(error_of([&] { result.wait_for(1h); }) == aborted ? "before" : "?");
            BOOST_TEST(result.valid());
            const weft::cancellation_blocker blocker;
            this_fiber::sleep_for(1ms);
        });
        this_fiber::sleep_for(2ms);
        getter.cancel();
        Kind::keep(given, 3); // the fiber has been woken, but has not run
        getter.join();
        BOOST_TEST(Kind::get(result) == 3);
    });
    BOOST_TEST(line() == "waiting@2 ?@2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_inherited_deadline, Kind, future_kinds)
{
    run([this] {
        promise<typename Kind::value> given;
        auto result = Kind::of(given);
        {
            const weft::deadline limit(2ms);
            note_time(error_of([&] { Kind::get(result); }) == timed_out ? "timed_out" : "?");
            note_time(error_of([&] { result.wait_for(1h); }) == timed_out ? "timed_out" : "?");
            BOOST_TEST((result.wait_for(0s) == future_status::timeout));
            Kind::keep(given, 4);
            BOOST_TEST(Kind::get(result) == 4); // there is nothing to wait for
        }
    });
    BOOST_TEST(line() == "timed_out@2 timed_out@2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(exceptions_are_rethrown, Kind, future_kinds)
{
    run([this] {
        promise<typename Kind::value> given;
        auto result = Kind::of(given);
        fiber getter([&] {
            result.wait();
            BOOST_TEST((result.get_exception_ptr() != nullptr));
            BOOST_CHECK_THROW(Kind::get(result), std::out_of_range);
            constexpr bool is_shared = std::is_copy_constructible_v<typename Kind::future>;
            BOOST_TEST(result.valid() == is_shared);
            note("got");
        });
        this_fiber::yield();
        given.set_exception(std::make_exception_ptr(std::out_of_range("x")));
        getter.join();
    });
    BOOST_TEST(line() == "got");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(broken_promises, Kind, future_kinds)
{
    run([] {
        std::optional<promise<typename Kind::value>> given(std::in_place);
        auto result = Kind::of(*given);
        fiber getter([&] { BOOST_TEST(fails_with(std::future_errc::broken_promise, [&] { Kind::get(result); })); });
        this_fiber::yield();
        given.reset();
        BOOST_TEST(result.is_ready());
        getter.join();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(without_a_state, Kind, future_kinds)
{
    constexpr auto no_state = std::future_errc::no_state;
    typename Kind::future none;
    BOOST_TEST(!none.valid());
    BOOST_TEST(!none.is_ready());
    BOOST_TEST(fails_with(no_state, [&] { none.wait(); }));
    BOOST_TEST(fails_with(no_state, [&] { none.wait_for(1s); }));
    BOOST_TEST(fails_with(no_state, [&] { none.wait_until(std::chrono::steady_clock::now()); }));
    BOOST_TEST(fails_with(no_state, [&] { none.get(); }));
    BOOST_TEST(fails_with(no_state, [&] { none.get_exception_ptr(); }));
    promise<typename Kind::value> given;
    typename Kind::future some = Kind::of(given);
    none = std::move(some);
    BOOST_TEST(none.valid());
    BOOST_TEST(!some.valid());
    some = std::move(none);
    Kind::keep(given, 1);
    BOOST_TEST(Kind::get(some) == 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(awaited_from_a_plain_thread, Kind, future_kinds)
{
    promise<typename Kind::value> given;
    auto result = Kind::of(given);
    BOOST_TEST((result.wait_for(1us) == future_status::timeout));
    std::thread other([&] { weft::run([&] { Kind::keep(given, 9); }); });
    result.wait();
    BOOST_TEST(Kind::get(result) == 9);
    other.join();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(given_by_a_plain_thread, Kind, future_kinds)
{
    weft::run([] {
        promise<typename Kind::value> given;
        auto result = Kind::of(given);
        std::thread other([&] { Kind::keep(given, 8); });
        BOOST_TEST(Kind::get(result) == 8);
        other.join();
    });
}

WEFT_DRIVEN_TEST_CASE(driven_in_any_way)
{
    int sum = 0;
    drive(driver, clock, [&sum] {
        promise<int> first;
        promise<int> second;
        fiber adder([&, a = first.get_future(), b = second.get_future()]() mutable {
            sum = a.get();
            sum += b.get();
        });
        this_fiber::sleep_for(1ms);
        second.set_value(2);
        this_fiber::yield();
        first.set_value(40);
        adder.join();
    });
    BOOST_TEST(sum == 42);
}

BOOST_AUTO_TEST_CASE(between_solo_fibers)
{
    boost::asio::io_context io;
    promise<int> ping;
    promise<int> pong;
    int result = 0;
    weft::spawn(weft::solo(io), [&, got = ping.get_future()]() mutable { pong.set_value(got.get() * 2); });
    weft::spawn(weft::solo(io), [&, got = pong.get_future()]() mutable {
        ping.set_value(21);
        result = got.get();
    });
    std::thread second([&io] { io.run(); });
    io.run();
    second.join();
    BOOST_TEST(result == 42);
}

BOOST_AUTO_TEST_CASE(all_copies_of_a_shared_one_are_woken_in_order)
{
    run([this] {
        promise<int> given;
        const shared_future<int> result = given.get_future().share();
        std::vector<fiber> all;
        for (int i = 0; i < 4; ++i)
        {
            all.emplace_back([this, i, mine = result] { note(std::to_string(i) + "=", mine.get()); });
        }
        this_fiber::sleep_for(1ms);
        given.set_value(5);
        join_all(all);
        BOOST_TEST(&result.get() == &shared_future<int>(result).get());
    });
    BOOST_TEST(line() == "0=5 1=5 2=5 3=5");
}

BOOST_AUTO_TEST_CASE(get_moves_out_and_a_throwing_move_is_reported)
{
    struct bad_move
    {
        bad_move() = default;
        bad_move(const bad_move&) {}
        bad_move(bad_move&& other) : armed(other.armed)
        {
            if (armed)
            {
                throw std::runtime_error("moved");
            }
        }
        bool armed = false;
    };
    promise<bad_move> given;
    auto result = given.get_future();
    bad_move armed;
    armed.armed = true;
    BOOST_CHECK_THROW(given.set_value(std::move(armed)), std::runtime_error);
    BOOST_TEST(!result.is_ready());
    given.set_value(bad_move()); // the promise is still to be kept
    result.get();
    BOOST_TEST(!result.valid());
}

BOOST_AUTO_TEST_CASE(destroyed_by_the_woken_side_while_the_other_returns)
{
    run([this] {
        for (int i = 0; i < 3; ++i)
        {
            auto given = std::make_unique<promise<witness_pointer>>();
            fiber getter([&given, this, result = given->get_future()]() mutable {
                result.get();
                given.reset();
                note("gone");
            });
            this_fiber::yield();
            given->set_value(std::make_unique<witness>(*this, "value"));
            getter.join();
            BOOST_TEST((given == nullptr));
        }
    });
    BOOST_TEST(line() == "~value gone ~value gone ~value gone");
}

BOOST_AUTO_TEST_CASE(a_result_that_nobody_takes_is_destroyed)
{
    {
        promise<witness_pointer> given;
        auto result = given.get_future();
        given.set_value(std::make_unique<witness>(*this, "one"));
        note("set");
    }
    {
        promise<witness_pointer> given;
        given.set_value(std::make_unique<witness>(*this, "two"));
    }
    BOOST_TEST(line() == "set ~one ~two");
}

BOOST_AUTO_TEST_CASE(one_allocation)
{
    run([] {
        const auto once = [] {
            promise<int> given;
            auto result = given.get_future();
            fiber getter([&result] { result.get(); });
            this_fiber::yield();
            given.set_value(1);
            getter.join();
        };
        for (int i = 0; i < 4; ++i)
        {
            once(); // stacks, records and Asio's own recycling
        }
        const auto before = allocation_count();
        once();
        BOOST_TEST(allocation_count() - before == 1U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
