// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/local_mutex.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

BOOST_FIXTURE_TEST_SUITE(local_mutex_misuse, virtual_time)

WEFT_DRIVEN_TEST_CASE(one_scheduler_on_several_threads)
{
    drive(driver, clock, [this] {
        weft::local_mutex mutex;
        int counter = 0;
        std::vector<fiber> all;
        for (int i = 0; i != 3; ++i)
        {
            all.emplace_back([&] {
                for (int n = 0; n != 20; ++n)
                {
                    const std::lock_guard guard(mutex);
                    const int before = counter;
                    this_fiber::yield();
                    counter = before + 1;
                }
            });
        }
        join_all(all);
        note("counter", counter);
    });
    BOOST_TEST(line() == "counter60");
}

BOOST_AUTO_TEST_CASE(anothers_or_a_free_one)
{
    run([] {
        weft::local_mutex mutex;
        BOOST_TEST(error_of([&] { mutex.unlock(); }) == errc::operation_not_permitted);
        mutex.lock();
        fiber other([&] {
            BOOST_TEST(error_of([&] { mutex.unlock(); }) == errc::operation_not_permitted);
            BOOST_TEST(!mutex.try_lock());
        });
        other.join();
        fiber waiter([&] { const std::lock_guard guard(mutex); });
        this_fiber::yield();
        fiber third([&] { BOOST_TEST(error_of([&] { mutex.unlock(); }) == errc::operation_not_permitted); });
        third.join();
        mutex.unlock();
        waiter.join();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
}

#if !defined(NDEBUG)
BOOST_AUTO_TEST_CASE(use_from_elsewhere_is_an_error_in_debug_builds)
{
    weft::local_mutex mutex;
    const auto refused = [&mutex] {
        return error_of([&] { mutex.lock(); }) == errc::operation_not_permitted &&
               error_of([&] { mutex.try_lock(); }) == errc::operation_not_permitted &&
               error_of([&] { mutex.unlock(); }) == errc::operation_not_permitted;
    };
    BOOST_TEST(refused()); // a thread is no fiber
    run([&] {
        // A fiber of another scheduler, and a thread.
        mutex.lock();
        std::thread([&] { weft::run([&] { note(refused() ? "refused" : "?"); }); }).join();
        std::thread([&] { note(refused() ? "refused" : "?"); }).join();
        mutex.unlock();
        std::thread([&] { weft::run([&] { note(refused() ? "free_but_anothers" : "?"); }); }).join();
    });
    BOOST_TEST(line() == "refused refused free_but_anothers");
}
#endif

BOOST_AUTO_TEST_CASE(the_io_context_goes_away)
{
    weft::local_mutex mutex;
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            const witness local(*this, "holder");
            const std::lock_guard guard(mutex);
            this_fiber::sleep_for(1h);
        });
        for (int i = 0; i != 2; ++i)
        {
            weft::spawn(io, [&] {
                const witness local(*this, "waiter");
                const std::lock_guard guard(mutex);
                note("locked");
            });
        }
        io.poll();
    }
    BOOST_TEST(line() == "~holder locked ~waiter locked ~waiter");
}

BOOST_AUTO_TEST_SUITE_END()
