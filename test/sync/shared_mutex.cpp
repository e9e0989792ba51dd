// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/on_thread_stack.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/shared_mutex.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

using both = std::tuple<weft::shared_mutex, weft::shared_timed_mutex>;

} // namespace

// What they have beyond a mutex.
BOOST_FIXTURE_TEST_SUITE(shared_mutex_sharing, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(readers_share_writers_do_not, Mutex, both)
{
    run([] {
        Mutex mutex;
        mutex.lock_shared();
        fiber other([&] {
            BOOST_TEST(mutex.try_lock_shared());
            BOOST_TEST(!mutex.try_lock());
            mutex.unlock_shared();
        });
        other.join();
        BOOST_TEST(!mutex.try_lock());
        mutex.unlock_shared();
        mutex.lock();
        fiber third([&] {
            BOOST_TEST(!mutex.try_lock_shared());
            BOOST_TEST(!mutex.try_lock());
        });
        third.join();
        mutex.unlock();
        BOOST_TEST(mutex.try_lock_shared());
        mutex.unlock_shared();
    });
}

// First come, first served: readers behind a writer wait for it, and are then admitted together.
WEFT_DRIVEN_TEST_CASE_TEMPLATE(W10_strictly_in_order, Kind, both)
{
    drive(driver, clock, [this] {
        Kind mutex;
        std::vector<fiber> all;
        int number = 0;
        for (const char kind : std::string_view("rrwrrwwr"))
        {
            all.emplace_back([&, kind, i = number++] {
                if (kind == 'w')
                {
                    const std::lock_guard guard(mutex);
                    note_time("w" + std::to_string(i));
                    this_fiber::sleep_for(1ms);
                }
                else
                {
                    const std::shared_lock guard(mutex);
                    note_time("r" + std::to_string(i));
                    this_fiber::sleep_for(1ms);
                }
            });
        }
        join_all(all);
    });
    BOOST_TEST(line() == "r0@0 r1@0 w2@1 r3@2 r4@2 w5@3 w6@4 r7@5");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nobody_overtakes_a_waiting_writer, Mutex, both)
{
    run([this] {
        Mutex mutex;
        mutex.lock_shared();
        fiber writer([&] {
            const std::lock_guard guard(mutex);
            note("writer");
        });
        this_fiber::yield();
        fiber reader([&] {
            note(mutex.try_lock_shared() ? "?" : "refused");
            const std::shared_lock guard(mutex);
            note("reader");
        });
        this_fiber::yield();
        mutex.unlock_shared();
        writer.join();
        reader.join();
    });
    BOOST_TEST(line() == "refused writer reader");
}

// A writer that gives up lets in those who waited behind it, at once.
BOOST_AUTO_TEST_CASE(a_writer_that_gives_up_holds_nobody_up)
{
    run([this] {
        weft::shared_timed_mutex mutex;
        mutex.lock_shared();
        std::vector<fiber> all;
        all.emplace_back([&] { note_time(mutex.try_lock_for(2ms) ? "?" : "gave_up"); });
        for (int i = 0; i != 2; ++i)
        {
            all.emplace_back([&] {
                const std::shared_lock guard(mutex);
                note_time("reader");
            });
        }
        all.emplace_back([&] { note_time(error_of([&] { mutex.try_lock_for(1h); }) == aborted ? "aborted" : "?"); });
        all.emplace_back([&] {
            const std::shared_lock guard(mutex);
            note_time("reader");
        });
        this_fiber::sleep_for(5ms);
        all[3].cancel();
        this_fiber::sleep_for(5ms);
        mutex.unlock_shared();
        join_all(all);
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
    BOOST_TEST(line() == "gave_up@2 reader@2 reader@2 aborted@5 reader@5");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(misuse_is_an_error_and_changes_nothing, Mutex, both)
{
    run([] {
        Mutex mutex;
        BOOST_TEST(error_of([&] { mutex.unlock_shared(); }) == errc::operation_not_permitted);
        mutex.lock();
        BOOST_TEST(error_of([&] { mutex.lock(); }) == errc::resource_deadlock_would_occur);
        BOOST_TEST(error_of([&] { mutex.lock_shared(); }) == errc::resource_deadlock_would_occur);
        BOOST_TEST(error_of([&] { mutex.unlock_shared(); }) == errc::operation_not_permitted);
        fiber waiter([&] { const std::shared_lock guard(mutex); });
        this_fiber::yield();
        BOOST_TEST(error_of([&] { mutex.unlock_shared(); }) == errc::operation_not_permitted);
        BOOST_TEST(error_of([&] { mutex.lock_shared(); }) == errc::resource_deadlock_would_occur);
        mutex.unlock();
        waiter.join();
        mutex.lock_shared();
        BOOST_TEST(error_of([&] { mutex.unlock(); }) == errc::operation_not_permitted);
        mutex.unlock_shared();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
}

// The same for one that must not sleep where it is.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_writer_on_the_threads_stack_holds_nobody_up, Mutex, both)
{
    run([] {
        Mutex mutex;
        mutex.lock_shared();
        boost::system::error_code refused;
        weft::on_thread_stack([&] { refused = error_of([&] { mutex.lock(); }); });
        BOOST_TEST(refused == errc::operation_not_permitted);
        BOOST_TEST(mutex.try_lock_shared());
        mutex.unlock_shared();
        mutex.unlock_shared();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
}

// The five situations of the calls for readers.
BOOST_AUTO_TEST_CASE(limits_of_readers)
{
    run([this] {
        weft::shared_timed_mutex mutex;
        for (const auto limit : {1000ms, 0ms, -1000ms})
        {
            BOOST_TEST(mutex.try_lock_shared_for(limit));
            BOOST_TEST(mutex.try_lock_shared_until(clock.now() + limit));
        }
        for (int i = 0; i != 6; ++i)
        {
            mutex.unlock_shared();
        }
        mutex.lock();
        fiber other([&] {
            note_time(mutex.try_lock_shared_for(3ms) ? "?" : "for");
            note_time(mutex.try_lock_shared_until(start + 5ms) ? "?" : "until");
            note_time(mutex.try_lock_shared_for(std::chrono::hours::min()) ? "?" : "min");
            note_time(mutex.try_lock_shared_for(std::chrono::hours::max()) ? "max" : "?");
            mutex.unlock_shared();
        });
        fiber cancelled([&] {
            note_time(error_of([&] { mutex.try_lock_shared_for(1h); }) == aborted ? "waiting" : "?");
            note_time(error_of([&] { mutex.try_lock_shared_for(1h); }) == aborted ? "before" : "?");
        });
        this_fiber::sleep_for(7ms);
        cancelled.cancel();
        cancelled.join();
        this_fiber::sleep_for(1ms);
        mutex.unlock();
        other.join();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
    BOOST_TEST(line() == "for@3 until@5 min@5 waiting@7 before@7 max@8");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(H12_destroyed_by_the_last_reader, Mutex, both)
{
    run([this] {
        auto mutex = std::make_unique<Mutex>();
        mutex->lock();
        fiber reader([&] {
            mutex->lock_shared();
            mutex->unlock_shared();
            mutex.reset();
            note("destroyed");
        });
        this_fiber::yield();
        mutex->unlock();
        reader.join();
    });
    BOOST_TEST(line() == "destroyed");
    for (int i = 0; i != 200; ++i)
    {
        auto mutex = std::make_unique<Mutex>();
        mutex->lock_shared();
        std::thread other([&] { mutex->unlock_shared(); }); // who shares is not known
        mutex->lock();
        mutex->unlock();
        mutex.reset();
        other.join();
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(threads_and_fibers, Mutex, both)
{
    Mutex mutex;
    int value = 0; // plain
    int copy = 0;  // plain
    constexpr int rounds = 200;
    const auto work = [&](int which) {
        int torn = 0;
        for (int i = 0; i != rounds; ++i)
        {
            if ((i + which) % 4 == 0)
            {
                const std::lock_guard guard(mutex);
                ++value;
                this_fiber::yield();
                ++copy;
            }
            else
            {
                const std::shared_lock guard(mutex);
                torn += value != copy ? 1 : 0;
                this_fiber::yield();
                torn += value != copy ? 1 : 0;
            }
        }
        return torn;
    };
    int torn[4] = {};
    std::vector<std::thread> threads;
    for (int i = 0; i != 2; ++i)
    {
        threads.emplace_back([&, i] { torn[i] = work(i); });
    }
    run([&] {
        fiber other([&] { torn[2] = work(2); });
        torn[3] = work(3);
        other.join();
    });
    join_all(threads);
    BOOST_TEST(torn[0] + torn[1] + torn[2] + torn[3] == 0);
    BOOST_TEST(value == rounds);
    BOOST_TEST(copy == rounds);
}

BOOST_AUTO_TEST_SUITE_END()
