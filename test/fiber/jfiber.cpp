// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;
using weft::jfiber;
using weft::launch;

static_assert(!std::is_copy_constructible_v<jfiber>);
static_assert(std::is_nothrow_default_constructible_v<jfiber>);
static_assert(std::is_nothrow_move_constructible_v<jfiber>);
static_assert(std::is_nothrow_move_assignable_v<jfiber>);

namespace
{

/// Sleeps until it is cancelled, and notes that.
struct sleeper
{
    virtual_time& where;
    std::string name;

    void operator()() const
    {
        if (error_of([] { weft::this_fiber::sleep_for(1h); }) == aborted)
        {
            where.note_time(name + ":aborted");
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(jfiber_handle, virtual_time)

BOOST_AUTO_TEST_CASE(the_destructor_cancels_and_joins)
{
    run([this] {
        {
            const jfiber child(sleeper{*this, "child"});
            weft::this_fiber::sleep_for(3ms);
            note_time("leaving");
        }
        note_time("left");
    });
    BOOST_TEST(line() == "leaving@3 child:aborted@3 left@3");
}

BOOST_AUTO_TEST_CASE(the_destructor_waits_however_long_the_fiber_takes)
{
    run([this] {
        fiber owner([this] {
            const weft::deadline limit(1ms);
            const jfiber child([this] {
                error_of([] { weft::this_fiber::sleep_for(1h); });
                fiber([] { weft::this_fiber::sleep_for(7ms); }).join();
                note_time("child");
            });
            weft::this_fiber::yield();
        });
        weft::this_fiber::sleep_for(2ms);
        owner.cancel();
        owner.join();
        note_time("owner");
    });
    BOOST_TEST(line() == "child@7 owner@7");
}

BOOST_AUTO_TEST_CASE(an_ended_joined_moved_or_detached_one_is_only_forgotten)
{
    run([this] {
        jfiber empty;
        BOOST_TEST(!empty.joinable());
        BOOST_TEST(!empty.request_stop());
        BOOST_TEST((empty.get_id() == fiber::id()));
        const jfiber ended(launch::dispatch, [this] { note("ended"); });
        jfiber joined([this] { note("joined"); });
        BOOST_TEST((joined.get_id() != fiber::id()));
        joined.join();
        BOOST_TEST(!joined.joinable());
        BOOST_TEST(error_of([&joined] { joined.join(); }) == errc::invalid_argument);
        jfiber source([this] { note("moved"); });
        const jfiber target(std::move(source));
        BOOST_TEST(!source.joinable()); // NOLINT(bugprone-use-after-move): that is the question
        BOOST_TEST(target.joinable());
        jfiber detached([this] {
            weft::this_fiber::sleep_for(5ms);
            note_time("detached");
        });
        detached.detach();
        BOOST_TEST(!detached.joinable());
        weft::this_fiber::yield();
    });
    BOOST_TEST(line() == "ended joined moved detached@5");
}

BOOST_AUTO_TEST_CASE(assigning_cancels_and_joins_the_former_one)
{
    run([this] {
        jfiber child(sleeper{*this, "first"});
        weft::this_fiber::sleep_for(1ms);
        child = jfiber(sleeper{*this, "second"});
        note("assigned");
        weft::this_fiber::sleep_for(1ms);
        jfiber other;
        other.swap(child);
        BOOST_TEST(!child.joinable());
        note("swapped");
    });
    BOOST_TEST(line() == "first:aborted@1 assigned swapped second:aborted@2");
}

BOOST_AUTO_TEST_CASE(the_function_may_take_a_stop_token)
{
    run([this] {
        {
            const jfiber child(
                launch::dispatch, {.name = "worker"},
                [this](const std::stop_token& stop, const std::string& text, std::unique_ptr<int> number) {
                    note(text, *number);
                    while (!stop.stop_requested())
                    {
                        weft::this_fiber::yield();
                    }
                    note(weft::this_fiber::name());
                },
                "got", std::make_unique<int>(4));
            note("created");
        }
        note("left");
    });
    BOOST_TEST(line() == "got4 created worker left");
}

BOOST_AUTO_TEST_CASE(the_token_is_that_of_the_fiber)
{
    run([] {
        bool same = false;
        jfiber child([&same](const std::stop_token& given) { same = given == weft::this_fiber::get_stop_token(); });
        child.join();
        BOOST_TEST(same);
    });
}

BOOST_AUTO_TEST_CASE(a_function_without_a_token_gets_its_arguments_only)
{
    run([this] {
        jfiber([this](int a, int b) { note("sum", a + b); }, 1, 2).join();
        jfiber(launch::dispatch, [this](int a) { note("one", a); }, 3).join();
    });
    BOOST_TEST(line() == "sum3 one3");
}

BOOST_AUTO_TEST_CASE(request_stop_cancels_once)
{
    run([this] {
        jfiber child([this](const std::stop_token& stop) {
            const std::stop_callback on_stop(stop, [this] { note_time("callback"); });
            note(error_of([] { weft::this_fiber::sleep_for(1h); }) == aborted ? "aborted" : "?");
        });
        weft::this_fiber::sleep_for(2ms);
        BOOST_TEST(child.request_stop());
        BOOST_TEST(!child.request_stop());
        child.join();
    });
    BOOST_TEST(line() == "callback@2 aborted");
}

BOOST_AUTO_TEST_CASE(a_fiber_that_never_ran_before_its_cancellation_still_runs)
{
    run([this] {
        const jfiber child([this] {
            note(weft::this_fiber::cancellation_requested() ? "requested" : "?");
            note(error_of([] { weft::this_fiber::sleep_for(1h); }) == aborted ? "aborted" : "?");
        });
    });
    BOOST_TEST(line() == "requested aborted");
}

BOOST_AUTO_TEST_CASE(join_is_bounded_by_the_deadline)
{
    run([this] {
        jfiber child(sleeper{*this, "child"});
        {
            const weft::deadline limit(5ms);
            BOOST_TEST(error_of([&child] { child.join(); }) == timed_out);
        }
        note_time("gave_up");
        BOOST_TEST(child.joinable());
    });
    BOOST_TEST(line() == "gave_up@5 child:aborted@5");
}

BOOST_AUTO_TEST_CASE(join_reacts_to_cancellation)
{
    run([this] {
        jfiber child(sleeper{*this, "child"});
        fiber joiner(
            [this, &child] { note(error_of([&child] { child.join(); }) == aborted ? "joiner:aborted" : "?"); });
        weft::this_fiber::sleep_for(4ms);
        joiner.cancel();
        joiner.join();
        BOOST_TEST(child.joinable());
    });
    BOOST_TEST(line() == "joiner:aborted child:aborted@4");
}

BOOST_AUTO_TEST_CASE(an_exception_goes_to_the_joiner)
{
    run([] {
        jfiber child([] { throw std::runtime_error("of the child"); });
        BOOST_CHECK_THROW(child.join(), std::runtime_error);
        BOOST_TEST(!child.joinable());
    });
}

BOOST_AUTO_TEST_CASE(a_deferred_one_never_runs)
{
    run([this] {
        {
            const jfiber plain(launch::deferred, [this] { note("plain"); });
            const jfiber with_token(launch::deferred, [this](const std::stop_token&) { note("with_token"); });
            weft::this_fiber::sleep_for(1ms);
        }
        note("left");
    });
    BOOST_TEST(line() == "left");
}

BOOST_AUTO_TEST_CASE(only_a_fiber_can_make_one)
{
    BOOST_TEST(error_of([] { const jfiber child([] {}); }) == errc::operation_not_permitted);
    BOOST_TEST(error_of([] { const jfiber child([](const std::stop_token&) {}); }) == errc::operation_not_permitted);
}

BOOST_AUTO_TEST_SUITE_END()
