// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/recursive_mutex.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <mutex>
#include <stop_token>
#include <thread>
#include <tuple>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

using recursive = std::tuple<weft::recursive_mutex, weft::recursive_timed_mutex>;
using stoppable = std::tuple<weft::mutex, weft::recursive_mutex>;

} // namespace

// What they have beyond a mutex.
BOOST_FIXTURE_TEST_SUITE(recursive_mutex_depth, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(free_when_unlocked_as_often_as_locked, Mutex, recursive)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        mutex.lock();
        BOOST_TEST(mutex.try_lock());
        fiber other([&] {
            BOOST_TEST(!mutex.try_lock());
            BOOST_TEST(error_of([&] { mutex.unlock(); }) == errc::operation_not_permitted);
            const std::lock_guard guard(mutex);
            const std::lock_guard again(mutex);
            note("other");
        });
        for (int i = 3; i != 0; --i)
        {
            this_fiber::yield();
            note("unlock");
            mutex.unlock();
        }
        BOOST_TEST(error_of([&] { mutex.unlock(); }) == errc::operation_not_permitted);
        other.join();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
    BOOST_TEST(line() == "unlock unlock unlock other");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_owner_is_the_fiber_not_its_thread, Mutex, recursive)
{
    Mutex mutex;
    mutex.lock();
    mutex.lock();
    run([&] { BOOST_TEST(!mutex.try_lock()); });
    bool taken = true;
    std::thread([&] { taken = mutex.try_lock(); }).join();
    BOOST_TEST(!taken);
    mutex.unlock();
    mutex.unlock();
    BOOST_TEST(error_of([&] { mutex.unlock(); }) == errc::operation_not_permitted);
}

BOOST_AUTO_TEST_CASE(the_owners_timed_calls_do_not_wait)
{
    run([this] {
        weft::recursive_timed_mutex mutex;
        mutex.lock();
        BOOST_TEST(mutex.try_lock_for(-1h));
        BOOST_TEST(mutex.try_lock_until(std::chrono::steady_clock::time_point::min()));
        fiber other([&] { note_time(mutex.try_lock_for(2ms) ? "?" : "gave_up"); });
        other.join();
        for (int i = 0; i != 3; ++i)
        {
            mutex.unlock();
        }
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
    BOOST_TEST(line() == "gave_up@2");
}

BOOST_AUTO_TEST_SUITE_END()

// lock(stop_token) in the five situations.
BOOST_FIXTURE_TEST_SUITE(lock_with_a_stop_token, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(ready_at_once_unless_stopped_before, Mutex, stoppable)
{
    run([] {
        Mutex mutex;
        std::stop_source source;
        BOOST_TEST(mutex.lock(source.get_token()));
        mutex.unlock();
        BOOST_TEST(mutex.lock(std::stop_token()));
        mutex.unlock();
        source.request_stop();
        BOOST_TEST(!mutex.lock(source.get_token()));
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(woken_or_stopped, Mutex, stoppable)
{
    run([this] {
        Mutex mutex;
        std::stop_source source;
        mutex.lock();
        fiber first([&] {
            note_time(mutex.lock(source.get_token()) ? "?" : "stopped");
            note_time(mutex.lock(std::stop_token()) ? "got" : "?");
            mutex.unlock();
        });
        this_fiber::sleep_for(1ms);
        source.request_stop();
        this_fiber::sleep_for(1ms);
        mutex.unlock();
        first.join();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
    BOOST_TEST(line() == "stopped@1 got@2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cancelled, Mutex, stoppable)
{
    run([this] {
        Mutex mutex;
        std::stop_source unrelated;
        mutex.lock();
        fiber by_cancel(
            [&] { note(error_of([&] { mutex.lock(unrelated.get_token()); }) == aborted ? "aborted" : "?"); });
        fiber by_its_own([&] { note(mutex.lock(this_fiber::get_stop_token()) ? "?" : "stopped"); });
        this_fiber::yield();
        by_cancel.cancel();
        by_its_own.cancel();
        by_cancel.join();
        by_its_own.join();
        mutex.unlock();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
    BOOST_TEST(line() == "aborted stopped");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(stopped_from_another_thread_while_a_thread_waits, Mutex, stoppable)
{
    for (int i = 0; i != 50; ++i)
    {
        Mutex mutex;
        std::stop_source source;
        mutex.lock();
        bool got = true;
        std::thread waiter([&] {
            got = mutex.lock(source.get_token());
            if (got)
            {
                mutex.unlock();
            }
        });
        std::thread stopper([&] { source.request_stop(); });
        stopper.join();
        waiter.join();
        BOOST_TEST(!got);
        mutex.unlock();
    }
}

BOOST_AUTO_TEST_SUITE_END()
