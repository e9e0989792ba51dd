// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/recursive_mutex.hpp>
#include <weft/sync/shared_mutex.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <mutex>
#include <thread>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

using owned_once = std::tuple<weft::timed_mutex, weft::shared_timed_mutex>;
using all_timed = std::tuple<weft::timed_mutex, weft::shared_timed_mutex, weft::recursive_timed_mutex>;

} // namespace

// What the timed mutexes have beyond the others. try_lock_for and try_lock_until in five situations: ready at once, woken later,
// timed out, cancelled, destroyed.
BOOST_FIXTURE_TEST_SUITE(timed_mutex_limits, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(ready_at_once, Mutex, all_timed)
{
    run([this] {
        Mutex mutex;
        const auto before = weft::scheduler::current().counters().switches;
        BOOST_TEST(mutex.try_lock_for(1s));
        mutex.unlock();
        BOOST_TEST(mutex.try_lock_for(0s));
        mutex.unlock();
        BOOST_TEST(mutex.try_lock_for(-1s));
        mutex.unlock();
        BOOST_TEST(mutex.try_lock_until(clock.now() - 1h));
        mutex.unlock();
        BOOST_TEST(mutex.try_lock_until(std::chrono::system_clock::time_point()));
        mutex.unlock();
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(woken_later, Mutex, all_timed)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        fiber one([&] {
            note_time(mutex.try_lock_for(10ms) ? "one" : "?");
            this_fiber::sleep_for(2ms);
            mutex.unlock();
        });
        fiber two([&] {
            note_time(mutex.try_lock_until(clock.now() + 10ms) ? "two" : "?");
            mutex.unlock();
        });
        this_fiber::sleep_for(5ms);
        mutex.unlock();
        one.join();
        two.join();
    });
    BOOST_TEST(line() == "one@5 two@7");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(timed_out_call, Mutex, all_timed)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        fiber other([&] {
            note_time(mutex.try_lock_for(3ms) ? "?" : "for");
            note_time(mutex.try_lock_until(start + 5ms) ? "?" : "until");
            note_time(mutex.try_lock_for(0s) ? "?" : "zero");
            note_time(mutex.try_lock_until(clock.now() - 1ms) ? "?" : "past");
        });
        other.join();
        mutex.unlock();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
    BOOST_TEST(line() == "for@3 until@5 zero@5 past@5");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(limits_without_end_and_long_over, Mutex, all_timed)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        fiber hopeless([&] {
            using hours = std::chrono::hours;
            using steady = std::chrono::steady_clock;
            note_time(mutex.try_lock_for(hours::min()) ? "?" : "min");
            note_time(mutex.try_lock_for(std::chrono::duration<double>(-1e300)) ? "?" : "negative");
            note_time(mutex.try_lock_until(steady::time_point::min()) ? "?" : "past");
            note_time(mutex.try_lock_until(std::chrono::system_clock::time_point::min()) ? "?" : "other_clock");
        });
        hopeless.join();
        const auto waits = [&](auto lock, std::string_view name) {
            return fiber([&, lock, name] {
                note_time(lock() ? name : "?");
                mutex.unlock();
            });
        };
        std::vector<fiber> all;
        all.push_back(waits([&] { return mutex.try_lock_for(std::chrono::hours::max()); }, "hours"));
        all.push_back(waits([&] { return mutex.try_lock_for(std::chrono::nanoseconds::max()); }, "ns"));
        all.push_back(waits([&] { return mutex.try_lock_for(std::chrono::duration<double>(1e300)); }, "double"));
        all.push_back(waits([&] { return mutex.try_lock_until(std::chrono::steady_clock::time_point::max()); }, "max"));
        all.push_back(
            waits([&] { return mutex.try_lock_until(std::chrono::system_clock::time_point::max()); }, "system"));
        this_fiber::sleep_for(1h * 24 * 365 * 100);
        mutex.unlock();
        join_all(all);
    });
    BOOST_TEST(line() == "min@0 negative@0 past@0 other_clock@0 hours@3153600000000 ns@3153600000000 "
                         "double@3153600000000 max@3153600000000 system@3153600000000");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cancelled_while_waiting_and_before, Mutex, all_timed)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        fiber other([&] {
            note_time(error_of([&mutex] { mutex.try_lock_for(1h); }) == aborted ? "waiting" : "?");
            note_time(error_of([&mutex] { mutex.try_lock_for(1h); }) == aborted ? "before" : "?");
        });
        this_fiber::sleep_for(2ms);
        other.cancel();
        other.join();
        mutex.unlock();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
    BOOST_TEST(line() == "waiting@2 before@2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_inherited_deadline_is_an_error, Mutex, all_timed)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        fiber other([&] {
            const weft::deadline limit(2ms);
            note_time(error_of([&mutex] { mutex.try_lock_for(1h); }) == timed_out ? "timed_out" : "?");
        });
        other.join();
        mutex.unlock();
    });
    BOOST_TEST(line() == "timed_out@2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(destroyed_scheduler, Mutex, all_timed)
{
    Mutex mutex;
    mutex.lock();
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            const witness local(*this, "waiter");
            note(error_of([&mutex] { mutex.try_lock_for(1h); }) == aborted ? "aborted" : "?");
        });
        io.poll();
    }
    BOOST_TEST(line() == "aborted ~waiter");
    mutex.unlock();
    BOOST_TEST(mutex.try_lock());
    mutex.unlock();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(those_who_give_up_do_not_hold_up_the_others, Mutex, all_timed)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        std::vector<fiber> all;
        for (const int patience : {10, 2, 10, 3})
        {
            all.emplace_back([&, patience, number = all.size()] {
                const bool got = mutex.try_lock_for(std::chrono::milliseconds(patience));
                note(got ? "got" : "gave_up", static_cast<long long>(number));
                if (got)
                {
                    mutex.unlock();
                }
            });
        }
        this_fiber::sleep_for(5ms);
        mutex.unlock();
        join_all(all);
    });
    BOOST_TEST(line() == "gave_up1 gave_up3 got0 got2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(handed_over_in_the_instant_of_the_limit, Mutex, all_timed)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        fiber waiter([&] {
            const bool got = mutex.try_lock_for(5ms);
            note_time(got ? "got" : "gave_up");
            if (got)
            {
                mutex.unlock();
            }
        });
        this_fiber::sleep_until(start + 5ms); // its timer is the later one
        note("unlock");
        mutex.unlock();
        waiter.join();
        BOOST_TEST(mutex.try_lock()); // whoever won, it is free
        mutex.unlock();
    });
    // The main fiber went to sleep first, so it goes first; the waiter's time is over by then.
    BOOST_TEST(line() == "unlock gave_up@5");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(relocking_is_an_error_for_each_form, Mutex, owned_once)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        BOOST_TEST(error_of([&] { mutex.try_lock_for(1s); }) == errc::resource_deadlock_would_occur);
        BOOST_TEST(error_of([&] { mutex.try_lock_until(clock.now()); }) == errc::resource_deadlock_would_occur);
        BOOST_TEST(!mutex.try_lock());
        mutex.unlock();
        std::unique_lock lock(mutex, 1s);
        BOOST_TEST(lock.owns_lock());
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(threads, Mutex, all_timed)
{
    Mutex mutex;
    mutex.lock();
    bool got = true;
    std::thread([&] { got = mutex.try_lock_for(1ms); }).join();
    BOOST_TEST(!got);
    std::thread patient([&] {
        got = mutex.try_lock_for(1h);
        mutex.unlock();
    });
    mutex.unlock();
    patient.join();
    BOOST_TEST(got);
}

BOOST_AUTO_TEST_SUITE_END()
