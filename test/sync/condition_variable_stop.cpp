// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/shared_mutex.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <tuple>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

using both = std::tuple<weft::condition_variable, weft::condition_variable_any>;

constexpr auto never = [] { return false; };

/// What goes wrong with it is the caller's.
struct failing_lock
{
    int unlocks_left = 1000;
    int locks_left = 1000;
    bool locked = true;

    void unlock()
    {
        if (unlocks_left-- == 0)
        {
            throw std::runtime_error("unlock");
        }
        locked = false;
    }
    void lock()
    {
        if (locks_left-- == 0)
        {
            throw std::runtime_error("lock");
        }
        locked = true;
    }
};

} // namespace

// The waits with a stop token.
BOOST_FIXTURE_TEST_SUITE(condition_variable_stop, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(ready_at_once_or_stopped_before, Condition, both)
{
    run([] {
        weft::mutex mutex;
        Condition changed;
        std::stop_source source;
        std::unique_lock lock(mutex);
        const auto yes = [] { return true; };
        BOOST_TEST(changed.wait(lock, source.get_token(), yes));
        source.request_stop();
        // What is true already is true.
        BOOST_TEST(changed.wait(lock, source.get_token(), yes));
        BOOST_TEST(changed.wait_for(lock, source.get_token(), -1s, yes));
        BOOST_TEST(!changed.wait(lock, source.get_token(), never));
        BOOST_TEST(!changed.wait_for(lock, source.get_token(), 1h, never));
        BOOST_TEST(!changed.wait_until(lock, source.get_token(), std::chrono::steady_clock::time_point::max(), never));
        BOOST_TEST(lock.owns_lock());
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(woken_stopped_and_timed_out, Condition, both)
{
    run([this] {
        weft::mutex mutex;
        Condition changed;
        std::stop_source source;
        int value = 0;
        fiber waiter([&] {
            std::unique_lock lock(mutex);
            note_time(changed.wait(lock, source.get_token(), [&] { return value == 1; }) ? "woken" : "?");
            note_time(changed.wait_for(lock, source.get_token(), 2ms, never) ? "?" : "timed_out");
            note_time(changed.wait_until(lock, source.get_token(), start + 5ms, never) ? "?" : "timed_out");
            note_time(changed.wait_for(lock, source.get_token(), std::chrono::hours::max(), never) ? "?" : "stopped");
            BOOST_TEST(!mutex.try_lock());
            BOOST_TEST(lock.owns_lock());
        });
        this_fiber::sleep_for(1ms);
        value = 1;
        changed.notify_one();
        this_fiber::sleep_for(6ms);
        source.request_stop();
        waiter.join();
    });
    BOOST_TEST(line() == "woken@1 timed_out@3 timed_out@5 stopped@7");
}

// What the predicate says in the end counts.
BOOST_AUTO_TEST_CASE_TEMPLATE(stopped_when_it_has_just_come_true, Condition, both)
{
    run([this] {
        weft::mutex mutex;
        Condition changed;
        std::stop_source source;
        bool ready = false;
        fiber waiter([&] {
            std::unique_lock lock(mutex);
            note(changed.wait(lock, source.get_token(), [&] { return ready; }) ? "true" : "?");
        });
        this_fiber::yield();
        ready = true;
        source.request_stop();
        waiter.join();
    });
    BOOST_TEST(line() == "true");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cancelled_by_the_fibers_own_token_and_by_another, Condition, both)
{
    run([this] {
        weft::mutex mutex;
        Condition changed;
        std::stop_source unrelated;
        fiber own([&] {
            std::unique_lock lock(mutex);
            note(changed.wait(lock, this_fiber::get_stop_token(), never) ? "?" : "stopped");
            BOOST_TEST(lock.owns_lock());
        });
        fiber other([&] {
            std::unique_lock lock(mutex);
            note(error_of([&] { changed.wait(lock, unrelated.get_token(), never); }) == aborted ? "aborted" : "?");
            BOOST_TEST(lock.owns_lock());
            BOOST_TEST(!mutex.try_lock());
        });
        fiber limited([&] {
            const weft::deadline limit(2ms);
            std::unique_lock lock(mutex);
            note_time(error_of([&] { changed.wait(lock, unrelated.get_token(), never); }) == timed_out ? "deadline"
                                                                                                       : "?");
        });
        this_fiber::yield();
        own.cancel();
        other.cancel();
        own.join();
        other.join();
        limited.join();
    });
    BOOST_TEST(line() == "stopped aborted deadline@2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_io_context_goes_away, Condition, both)
{
    weft::mutex mutex;
    Condition changed;
    std::stop_source source;
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            std::unique_lock lock(mutex);
            note(error_of([&] { changed.wait(lock, source.get_token(), never); }) == aborted ? "aborted" : "?");
        });
        io.poll();
    }
    source.request_stop();
    BOOST_TEST(line() == "aborted");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(stopped_by_a_thread, Condition, both)
{
    for (int i = 0; i != 50; ++i)
    {
        weft::mutex mutex;
        Condition changed;
        std::stop_source source;
        bool of_fiber = true;
        bool of_thread = true;
        const auto wait = [&] {
            std::unique_lock lock(mutex);
            return changed.wait(lock, source.get_token(), never);
        };
        std::thread waiter([&] { of_thread = wait(); });
        std::thread stopper([&] { source.request_stop(); });
        run([&] { of_fiber = wait(); });
        waiter.join();
        stopper.join();
        BOOST_TEST(!of_fiber);
        BOOST_TEST(!of_thread);
    }
}

BOOST_AUTO_TEST_SUITE_END()

// Locks that only condition_variable_any takes.
BOOST_FIXTURE_TEST_SUITE(condition_variable_any_locks, virtual_time)

BOOST_AUTO_TEST_CASE(a_shared_lock)
{
    run([this] {
        weft::shared_mutex mutex;
        weft::condition_variable_any changed;
        int value = 0;
        const auto wait = [&] {
            std::shared_lock lock(mutex);
            changed.wait(lock, [&] { return value == 1; });
            note_time("woken");
            this_fiber::sleep_for(1ms); // beside the other one
        };
        fiber first(wait);
        fiber second(wait);
        this_fiber::sleep_for(1ms);
        {
            const std::lock_guard lock(mutex);
            value = 1;
        }
        changed.notify_all();
        first.join();
        second.join();
        note_time("end");
    });
    BOOST_TEST(line() == "woken@1 woken@1 end@2");
}

BOOST_AUTO_TEST_CASE(a_mutex_itself_and_one_of_std)
{
    run([this] {
        weft::mutex mutex;
        std::mutex of_std;
        weft::condition_variable_any changed;
        fiber first([&] {
            mutex.lock();
            changed.wait(mutex);
            note("first");
            mutex.unlock();
        });
        fiber second([&] {
            std::unique_lock lock(of_std);
            changed.wait(lock);
            note("second");
        });
        this_fiber::yield();
        BOOST_TEST(of_std.try_lock());
        of_std.unlock();
        changed.notify_all();
        first.join();
        second.join();
    });
    BOOST_TEST(line() == "first second");
}

BOOST_AUTO_TEST_CASE(a_lock_that_fails)
{
    run([this] {
        weft::condition_variable_any changed;
        failing_lock lock;
        lock.unlocks_left = 0;
        BOOST_CHECK_THROW(changed.wait(lock), std::runtime_error);
        BOOST_TEST(lock.locked);
        // Nobody is left in the queue: the notification is the next one's.
        fiber waiter([&] {
            failing_lock good;
            changed.wait(good);
            note("notified");
        });
        this_fiber::yield();
        changed.notify_one();
        waiter.join();
        failing_lock never_again;
        never_again.locks_left = 0;
        BOOST_CHECK_THROW(changed.wait_for(never_again, 1ms), std::runtime_error);
        BOOST_TEST(!never_again.locked);
    });
    BOOST_TEST(line() == "notified");
}

BOOST_AUTO_TEST_SUITE_END()
