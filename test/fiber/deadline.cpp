// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/mutex.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <mutex>
#include <ratio>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::deadline;
using weft::fiber;

namespace
{

/// Sleeps for longer than any deadline here, and notes how and when that ended.
void sleep_long(virtual_time& where)
{
    const auto error = error_of([] { this_fiber::sleep_for(10s); });
    where.note_time(!error ? "slept" : error == timed_out ? "timed_out" : "?");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(deadline_scope, virtual_time)

BOOST_AUTO_TEST_CASE(none_at_first)
{
    BOOST_TEST((deadline::current() == deadline::time_point::max()));
    run([] { BOOST_TEST((deadline::current() == deadline::time_point::max())); });
}

BOOST_AUTO_TEST_CASE(it_bounds_the_waits_in_its_scope)
{
    run([this] {
        {
            const deadline limit(5ms);
            BOOST_TEST((deadline::current() == clock.now() + 5ms));
            this_fiber::sleep_for(1ms);
            sleep_long(*this);
            sleep_long(*this); // it is over
        }
        BOOST_TEST((deadline::current() == deadline::time_point::max()));
        sleep_long(*this);
    });
    BOOST_TEST(line() == "timed_out@5 timed_out@5 slept@10005");
}

BOOST_AUTO_TEST_CASE(the_nearest_of_several_wins)
{
    run([this] {
        const deadline outer(10ms);
        {
            const deadline longer(1h);
            BOOST_TEST((deadline::current() == start + 10ms));
            {
                const deadline nearer(3ms);
                BOOST_TEST((deadline::current() == start + 3ms));
                sleep_long(*this);
            }
            BOOST_TEST((deadline::current() == start + 10ms));
            sleep_long(*this);
        }
        BOOST_TEST((deadline::current() == start + 10ms));
    });
    BOOST_TEST(line() == "timed_out@3 timed_out@10");
}

BOOST_AUTO_TEST_CASE(it_reaches_through_calls_and_ends_with_exceptions)
{
    run([this] {
        const std::function<void(int)> deep = [&deep](int levels) {
            levels == 0 ? this_fiber::sleep_for(1h) : deep(levels - 1);
        };
        BOOST_TEST(error_of([&deep] {
                       const deadline limit(2ms);
                       deep(20);
                   }) == timed_out);
        note_time("caught");
        BOOST_TEST((deadline::current() == deadline::time_point::max()));
    });
    BOOST_TEST(line() == "caught@2");
}

BOOST_AUTO_TEST_CASE(W12_expires_at_and_after_replace_the_time_of_one_scope)
{
    run([this] {
        deadline outer(10ms);
        {
            deadline inner(2ms);
            inner.expires_after(6ms);
            BOOST_TEST((deadline::current() == start + 6ms));
            inner.expires_at(start + 4ms);
            BOOST_TEST((deadline::current() == start + 4ms));
            inner.expires_after(1h);
            BOOST_TEST((deadline::current() == start + 10ms));
            inner.expires_at(deadline::time_point::max());
            BOOST_TEST((deadline::current() == start + 10ms));
        }
        outer.expires_at(deadline::time_point::max());
        sleep_long(*this);
    });
    BOOST_TEST(line() == "slept@10000");
}

BOOST_AUTO_TEST_CASE(all_kinds_of_times)
{
    run([this] {
        {
            const deadline limit(std::chrono::duration<double>(0.5));
            BOOST_TEST((deadline::current() == clock.now() + 500ms));
        }
        {
            const deadline limit(std::chrono::time_point_cast<std::chrono::hours>(clock.now()) + 3h);
            BOOST_TEST((deadline::current() == clock.now() + 3h));
        }
        {
            const deadline limit(std::chrono::hours::max());
            BOOST_TEST((deadline::current() == deadline::time_point::max()));
        }
        {
            const deadline limit(std::chrono::system_clock::time_point::max());
            BOOST_TEST((deadline::current() == deadline::time_point::max()));
        }
        {
            const deadline past(-1s);
            sleep_long(*this);
        }
        {
            const deadline past(std::chrono::system_clock::time_point{});
            sleep_long(*this);
        }
    });
    BOOST_TEST(line() == "timed_out@0 timed_out@0");
}

BOOST_AUTO_TEST_CASE(it_belongs_to_one_fiber)
{
    run([this] {
        const deadline limit(1ms);
        fiber child([this] {
            BOOST_TEST((deadline::current() == deadline::time_point::max()));
            sleep_long(*this);
        });
        child.join();
    });
    BOOST_TEST(line() == "slept@10000");
}

BOOST_AUTO_TEST_CASE(locks_and_joins_are_not_bounded)
{
    run([this] {
        weft::mutex mutex;
        fiber holder([&mutex] {
            const std::lock_guard guard(mutex);
            this_fiber::sleep_for(5ms);
        });
        fiber other([] { this_fiber::sleep_for(7ms); });
        this_fiber::yield();
        const deadline limit(1ms);
        mutex.lock();
        note_time("locked");
        mutex.unlock();
        other.join();
        note_time("joined");
        holder.join();
    });
    BOOST_TEST(line() == "locked@5 joined@7");
}

BOOST_AUTO_TEST_CASE(every_other_wait_is)
{
    run([this] {
        const deadline limit(1ms);
        const auto expect = [this](const char* what, auto wait) { note(what, error_of(wait) == timed_out ? 1 : 0); };
        weft::manual_reset_event manual;
        expect("manual", [&] { manual.wait(); });
        expect("manual_for", [&] { manual.wait_for(1h); });
        weft::auto_reset_event automatic;
        expect("auto", [&] { automatic.wait(); });
        weft::mutex mutex;
        weft::condition_variable condition;
        std::unique_lock lock(mutex);
        expect("condition", [&] { condition.wait(lock); });
        expect("condition_for", [&] { condition.wait_for(lock, 1h); });
        BOOST_TEST(lock.owns_lock());
        weft::timed_mutex timed;
        fiber holder([&timed] {
            timed.lock();
            this_fiber::sleep_for(2ms);
            timed.unlock();
        });
        this_fiber::yield();
        expect("timed_mutex", [&] { timed.try_lock_for(1h); });
        weft::jfiber child([] { this_fiber::sleep_for(1h); });
        expect("jfiber", [&] { child.join(); });
        note_time("all");
        holder.join();
    });
    BOOST_TEST(line() == "manual1 manual_for1 auto1 condition1 condition_for1 timed_mutex1 jfiber1 all@1");
}

BOOST_AUTO_TEST_CASE(a_nearer_time_out_of_the_call_is_no_error)
{
    run([this] {
        const deadline limit(5ms);
        weft::manual_reset_event event;
        BOOST_TEST(!event.wait_for(2ms));
        note_time("call");
        // In the same instant it is the call's own time-out that is reported.
        BOOST_TEST(!event.wait_until(start + 5ms));
        note_time("equal");
        BOOST_TEST(error_of([&event] { event.wait_for(2ms); }) == timed_out);
        note_time("deadline");
    });
    BOOST_TEST(line() == "call@2 equal@5 deadline@5");
}

BOOST_AUTO_TEST_CASE(what_is_ready_is_taken_after_the_deadline_too)
{
    run([] {
        const deadline past(-1s);
        weft::manual_reset_event event;
        event.set();
        event.wait();
        weft::timed_mutex mutex;
        BOOST_TEST(mutex.try_lock_for(1s));
        mutex.unlock();
        fiber ended([] {});
        this_fiber::yield();
        ended.join();
    });
}

BOOST_AUTO_TEST_CASE(as_an_argument)
{
    run([this] {
        weft::manual_reset_event event;
        const auto callee = [&](const deadline& limit) {
            BOOST_TEST(!limit.is_over());
            BOOST_TEST(!event.wait_until(limit)); // the call's own time: no error
            BOOST_TEST(limit.is_over());
            note_time("event");
        };
        {
            const deadline limit(2ms);
            callee(limit);
        }
        const deadline outer(10ms);
        deadline inner(1h);
        BOOST_TEST((inner.when() == outer.when()));
        BOOST_TEST((inner == outer));
        inner.expires_after(1ms);
        BOOST_TEST((inner < outer));
        BOOST_TEST((deadline::current() == inner));
        fiber child({.deadline = inner}, [this] { sleep_long(*this); });
        child.join(); // not bounded
        fiber longer([] { this_fiber::sleep_for(5ms); });
        BOOST_TEST(!longer.join_until(inner));
        longer.join();
        inner.expires_at(outer);
        this_fiber::sleep_until(outer.when() - 1ms);
        note_time("slept");
    });
    BOOST_TEST(line() == "event@2 timed_out@3 slept@11");
}

BOOST_AUTO_TEST_CASE(given_to_a_fiber_or_handed_on)
{
    run([this] {
        const deadline limit(2ms);
        fiber heir({.deadline = deadline::current()}, [this] {
            sleep_long(*this);
            {
                const deadline nearer(-1s);
                sleep_long(*this);
            }
            BOOST_TEST((deadline::current() == start + 2ms));
        });
        fiber late({.deadline = deadline::time_point::min()}, [this] { sleep_long(*this); });
        fiber never({.deadline = deadline::time_point::max()}, [this] { sleep_long(*this); });
        heir.join();
        late.join();
        never.join();
    });
    BOOST_TEST(line() == "timed_out@0 timed_out@2 timed_out@2 slept@10000");
}

BOOST_AUTO_TEST_CASE(only_inside_of_fibers)
{
    BOOST_TEST(error_of([] { const deadline limit(1s); }) == errc::operation_not_permitted);
    BOOST_TEST(error_of([] { const deadline limit(std::chrono::steady_clock::now()); }) ==
               errc::operation_not_permitted);
}

BOOST_AUTO_TEST_SUITE_END()
