// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/cancellation.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/mutex.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::cancellation_blocker;
using weft::fiber;

namespace
{

bool sleep_is_aborted()
{
    return error_of([] { this_fiber::sleep_for(1h); }) == aborted;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(cancellation_requests, virtual_time)

WEFT_DRIVEN_TEST_CASE(it_ends_the_present_wait_and_each_later_one)
{
    drive(driver, clock, [this] {
        fiber child([this] {
            for (int i = 0; i < 3; ++i)
            {
                note_time(sleep_is_aborted() ? "aborted" : "slept");
            }
        });
        this_fiber::sleep_for(2ms);
        child.cancel();
        child.cancel();
        note("sent");
        child.join();
    });
    BOOST_TEST(line() == "sent aborted@2 aborted@2 aborted@2");
}

BOOST_AUTO_TEST_CASE(catching_everything_does_not_lose_it)
{
    run([this] {
        fiber child([this] {
            for (int i = 0; i < 4; ++i)
            {
                try
                {
                    this_fiber::sleep_for(1h);
                    note("slept");
                }
                catch (...)
                {
                    note("caught", i);
                }
            }
        });
        child.cancel();
        child.join();
    });
    BOOST_TEST(line() == "caught0 caught1 caught2 caught3");
}

BOOST_AUTO_TEST_CASE(every_interruptible_wait_reports_it)
{
    run([this] {
        weft::timed_mutex held;
        held.lock();
        fiber child([&] {
            const auto expect = [this](const char* what, auto wait) { note(what, error_of(wait) == aborted ? 1 : 0); };
            expect("sleep", [] { this_fiber::sleep_for(1h); });
            expect("suspend", [] { this_fiber::suspend([](const weft::waker&) {}); });
            weft::manual_reset_event manual;
            expect("manual", [&] { manual.wait(); });
            expect("manual_for", [&] { manual.wait_for(1h); });
            weft::auto_reset_event automatic;
            expect("auto", [&] { automatic.wait(); });
            expect("timed_mutex", [&] { held.try_lock_for(1h); });
            weft::jfiber other([] { this_fiber::sleep_for(1h); });
            expect("jfiber", [&] { other.join(); });
            expect("point", [] { this_fiber::cancellation_point(); });
        });
        child.cancel();
        child.join();
        held.unlock();
    });
    BOOST_TEST(line() == "sleep1 suspend1 manual1 manual_for1 auto1 timed_mutex1 jfiber1 "
                         "point1");
}

BOOST_AUTO_TEST_CASE(locks_joins_and_yields_do_not_react)
{
    run([this] {
        weft::mutex mutex;
        mutex.lock();
        fiber child([&] {
            mutex.lock();
            note_time("locked");
            mutex.unlock();
            fiber([] { this_fiber::sleep_for(5ms); }).join();
            note_time("joined");
            this_fiber::yield();
        });
        this_fiber::yield();
        child.cancel();
        this_fiber::sleep_for(3ms);
        mutex.unlock();
        child.join();
    });
    BOOST_TEST(line() == "locked@3 joined@8");
}

BOOST_AUTO_TEST_CASE(a_point_reports_it_in_both_forms)
{
    run([] {
        auto error = make_error_code(errc::io_error);
        this_fiber::cancellation_point(error);
        BOOST_TEST(!error);
        this_fiber::cancellation_point();
        fiber child([] {
            boost::system::error_code set;
            this_fiber::cancellation_point(set);
            BOOST_TEST(set == aborted);
            BOOST_TEST(error_of([] { this_fiber::cancellation_point(); }) == aborted);
            BOOST_TEST(this_fiber::cancellation_requested());
        });
        child.cancel();
        child.join();
    });
    auto error = make_error_code(errc::io_error);
    this_fiber::cancellation_point(error);
    BOOST_TEST(!error);
}

BOOST_AUTO_TEST_CASE(W12_a_blocker_holds_it_back)
{
    run([this] {
        fiber child([this] {
            {
                const cancellation_blocker outer;
                {
                    const cancellation_blocker inner;
                    note(error_of([] { this_fiber::sleep_for(4ms); }) ? "?" : "slept");
                }
                note_time("inner");
                BOOST_TEST(this_fiber::cancellation_requested());
                this_fiber::cancellation_point();
                note(error_of([] { this_fiber::sleep_for(4ms); }) ? "?" : "slept");
                note_time("outer");
            }
            note(sleep_is_aborted() ? "aborted" : "?");
            const cancellation_blocker again;
            note(error_of([] { this_fiber::sleep_for(1ms); }) ? "?" : "slept");
            note_time("end");
        });
        this_fiber::sleep_for(1ms);
        child.cancel();
        child.join();
    });
    BOOST_TEST(line() == "slept inner@4 slept outer@8 aborted slept end@9");
}

BOOST_AUTO_TEST_CASE(a_blocker_ends_with_an_exception)
{
    run([this] {
        fiber child([this] {
            try
            {
                const cancellation_blocker blocker;
                throw 1;
            }
            catch (int)
            {
                note(sleep_is_aborted() ? "aborted" : "?");
            }
        });
        child.cancel();
        child.join();
    });
    BOOST_TEST(line() == "aborted");
}

BOOST_AUTO_TEST_CASE(blockers_exist_only_inside_of_fibers)
{
    BOOST_TEST(error_of([] { const cancellation_blocker blocker; }) == errc::operation_not_permitted);
}

BOOST_AUTO_TEST_CASE(a_fiber_cancels_itself)
{
    run([this] {
        fiber child;
        child = fiber([this, &child] {
            child.cancel();
            BOOST_TEST(this_fiber::cancellation_requested());
            note(sleep_is_aborted() ? "aborted" : "?");
        });
        child.join();
    });
    BOOST_TEST(line() == "aborted");
}

BOOST_AUTO_TEST_CASE(a_deferred_fiber_starts_cancelled)
{
    run([this] {
        fiber child(weft::launch::deferred, [this] { note(sleep_is_aborted() ? "aborted" : "?"); });
        child.cancel();
        child.start();
        child.join();
    });
    BOOST_TEST(line() == "aborted");
}

BOOST_AUTO_TEST_CASE(from_another_thread)
{
    // Without a clock of its own: nothing but the other thread ends these sleeps.
    weft::run([this] {
        for (int i = 0; i < 20; ++i)
        {
            fiber child([this] { note(sleep_is_aborted() ? "aborted" : "?"); });
            std::thread other([&child] { child.cancel(); });
            child.join();
            other.join();
        }
    });
    BOOST_TEST(line().find('?') == std::string::npos);
    BOOST_TEST(line().size() == 20 * 8 - 1U);
}

BOOST_AUTO_TEST_CASE(from_another_thread_between_the_check_and_the_sleep)
{
    run([this] {
        fiber child;
        const auto cancel_elsewhere = [&child](const weft::waker&) {
            std::thread([&child] { child.cancel(); }).join();
        };
        child =
            fiber([&] { note(error_of([&] { this_fiber::suspend(cancel_elsewhere); }) == aborted ? "aborted" : "?"); });
        child.join();
    });
    BOOST_TEST(line() == "aborted");
}

BOOST_AUTO_TEST_CASE(the_scheduler_cancels_all_its_fibers)
{
    run([this] {
        fiber one([this] { note(sleep_is_aborted() ? "one" : "?"); });
        fiber two([this] { note(sleep_is_aborted() ? "two" : "?"); });
        this_fiber::yield();
        weft::scheduler::current().cancel_all();
        note(sleep_is_aborted() ? "main" : "?");
        one.join();
        two.join();
    });
    BOOST_TEST(line() == "main one two");
}

BOOST_AUTO_TEST_SUITE_END()
