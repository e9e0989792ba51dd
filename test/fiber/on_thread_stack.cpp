// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/on_thread_stack.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/mutex.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"
#include "support/recorder.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::on_thread_stack;

namespace
{

/// Whether the caller runs on this fiber's stack.
bool is_on_stack_of(const weft::detail::fiber_record& self)
{
    const auto* const here = static_cast<const std::byte*>(__builtin_frame_address(0));
    return here >= self.memory.base && here < self.memory.top();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(on_another_stack, virtual_time)

WEFT_DRIVEN_TEST_CASE(runs_on_the_threads_stack_and_comes_back)
{
    bool inside = true;
    bool after = false;
    std::thread::id caller;
    std::thread::id callee;
    drive(driver, clock, [&] {
        const auto& self = *weft::detail::current_core()->current;
        caller = std::this_thread::get_id();
        on_thread_stack([&] {
            callee = std::this_thread::get_id();
            inside = is_on_stack_of(self);
        });
        after = is_on_stack_of(self);
    });
    BOOST_TEST(!inside);
    BOOST_TEST(after);
    BOOST_TEST((caller == callee));
}

BOOST_AUTO_TEST_CASE(results_of_all_kinds)
{
    int value = 1;
    const auto check = [&value] {
        BOOST_TEST(on_thread_stack([] { return 42; }) == 42);
        BOOST_TEST(*on_thread_stack([] { return std::make_unique<int>(3); }) == 3);
        on_thread_stack([&]() -> int& { return value; }) += 1;
        BOOST_TEST((std::is_void_v<decltype(on_thread_stack([] {}))>));
        struct once
        {
            std::string operator()() &&
            {
                return "once";
            }
        };
        BOOST_TEST(on_thread_stack(once()) == "once");
    };
    run(check);
    check(); // outside of fibers: an ordinary call
    BOOST_TEST(value == 3);
}

BOOST_AUTO_TEST_CASE(exceptions_come_out)
{
    const auto check = [] {
        BOOST_CHECK_THROW(on_thread_stack([] { throw std::out_of_range("x"); }), std::out_of_range);
        BOOST_CHECK_THROW(on_thread_stack([]() -> int { throw 1; }), int);
        BOOST_TEST(std::uncaught_exceptions() == 0);
        BOOST_TEST((std::current_exception() == nullptr));
    };
    run(check);
    check();
}

BOOST_AUTO_TEST_CASE(the_fibers_exception_and_errno_are_the_calls)
{
    run([] {
        fiber other([] {
            for (int i = 0; i < 3; ++i)
            {
                errno = ERANGE;
                this_fiber::yield();
            }
        });
        try
        {
            throw std::runtime_error("kept");
        }
        catch (const std::runtime_error&)
        {
            errno = EDOM;
            on_thread_stack([] {
                BOOST_TEST(errno == EDOM);
                errno = EILSEQ;
                BOOST_CHECK_THROW(throw, std::runtime_error);
                try
                {
                    throw 2;
                }
                catch (int)
                {
                }
            });
            BOOST_TEST(errno == EILSEQ);
            this_fiber::yield();
            BOOST_CHECK_THROW(throw, std::runtime_error);
        }
        BOOST_TEST((std::current_exception() == nullptr));
        other.join();
    });
}

BOOST_AUTO_TEST_CASE(no_other_fiber_runs_meanwhile)
{
    recorder record;
    run([&] {
        fiber other([&] { record.note("other"); });
        on_thread_stack([&] {
            record.note("begin");
            this_fiber::yield();
            record.note("end");
        });
        other.join();
    });
    BOOST_TEST(record.line() == "begin end other");
}

BOOST_AUTO_TEST_CASE(waits_are_refused)
{
    weft::mutex taken;
    weft::timed_mutex timed;
    weft::manual_reset_event event;
    weft::condition_variable condition;
    run([&] {
        fiber holder([&] {
            const std::scoped_lock lock(taken, timed);
            event.wait();
        });
        fiber waits_for_ever([&] { event.wait(); });
        weft::jfiber stoppable([&] { event.wait(); });
        this_fiber::yield();
        on_thread_stack([&] {
            const auto refused = [](auto&& wait) { BOOST_TEST((error_of(wait) == errc::operation_not_permitted)); };
            refused([&] { this_fiber::sleep_for(1h); });
            refused([&] { this_fiber::suspend([](const weft::waker&) { BOOST_TEST(false, "published"); }); });
            refused([&] { taken.lock(); });
            refused([&] { static_cast<void>(timed.try_lock_for(1h)); });
            refused([&] { event.wait(); });
            refused([&] { waits_for_ever.join(); });
            refused([&] { waits_for_ever.join_for(1h); });
            refused([&] { stoppable.join(); });
            refused([&] { weft::deadline limit(1h); });
            refused([&] { fiber([] {}); });
            weft::mutex mine;
            std::unique_lock lock(mine);
            refused([&] { condition.wait(lock); });
            BOOST_TEST(lock.owns_lock());
            weft::wait_queue queue;
            refused([&] { queue.wait_unless([] { return false; }, {}); });
        });
        // Nothing is left of them.
        BOOST_TEST(waits_for_ever.joinable());
        event.set();
        waits_for_ever.join();
        stoppable.join();
        holder.join();
    });
}

BOOST_AUTO_TEST_CASE(what_need_not_wait_works)
{
    weft::mutex lock;
    weft::manual_reset_event event;
    recorder record;
    run([&] {
        fiber other([&] {
            event.wait();
            record.note("woken");
        });
        this_fiber::yield();
        lock.lock();
        on_thread_stack([&] {
            // Locks are the fiber's, on both sides.
            BOOST_TEST((error_of([&] { lock.lock(); }) == errc::resource_deadlock_would_occur));
            lock.unlock();
            lock.lock();
            event.set();
            event.wait();
            record.note("set");
            spawn(weft::scheduler(*other.record()->core), [&] { record.note("spawned"); });
        });
        lock.unlock();
        other.join();
        fiber([] {}).join();
        this_fiber::yield();
    });
    BOOST_TEST(record.line() == "set woken spawned");
}

BOOST_AUTO_TEST_CASE(answers_for_the_fiber)
{
    weft::fiber_specific_ptr<int> mine;
    run([&] {
        fiber named(weft::attributes{.name = "deep"}, [&] {
            mine.reset(new int(7));
            const auto id = this_fiber::get_id();
            on_thread_stack([&] {
                BOOST_TEST(this_fiber::name() == "deep");
                BOOST_TEST((this_fiber::get_id() == id));
                BOOST_TEST(!this_fiber::is_fiber());
                BOOST_TEST(*mine == 7);
                BOOST_TEST(!this_fiber::cancellation_requested());
                this_fiber::cancellation_point();
                boost::system::error_code error = boost::asio::error::eof;
                this_fiber::cancellation_point(error);
                BOOST_TEST(!error);
            });
        });
        named.join();
    });
}

BOOST_AUTO_TEST_CASE(calls_within_calls)
{
    run([] {
        const int sum = on_thread_stack([] {
            // Already there: a plain call.
            const int inner = on_thread_stack([] { return 1; });
            // A scheduler of its own, whose fibers wait as they like.
            const int nested = weft::run([] {
                weft::fiber other([] { this_fiber::yield(); });
                other.join();
                const int deepest = on_thread_stack([] { return 10; });
                this_fiber::sleep_for(1ms);
                return deepest;
            });
            BOOST_TEST((error_of([] { this_fiber::sleep_for(1h); }) == errc::operation_not_permitted));
            return inner + nested;
        });
        BOOST_TEST(sum == 11);
        BOOST_TEST(this_fiber::is_fiber());
        this_fiber::yield();
    });
}

BOOST_AUTO_TEST_CASE(while_the_scheduler_is_torn_down)
{
    recorder record;
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            try
            {
                this_fiber::sleep_for(1h);
            }
            catch (const boost::system::system_error&)
            {
                on_thread_stack([&] { record.note("visited"); });
            }
        });
        io.poll();
    }
    BOOST_TEST(record.line() == "visited");
}

BOOST_AUTO_TEST_SUITE_END()
