// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/local_mutex.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/recursive_mutex.hpp>
#include <weft/sync/shared_mutex.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <tuple>
#include <type_traits>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

using owned_once = std::tuple<weft::mutex, weft::timed_mutex, weft::shared_mutex, weft::shared_timed_mutex>;
using for_threads = boost::mp11::mp_append<owned_once, std::tuple<weft::recursive_mutex, weft::recursive_timed_mutex>>;
using owned_once_or_local = boost::mp11::mp_push_back<owned_once, weft::local_mutex>;
using all_mutexes = boost::mp11::mp_push_back<for_threads, weft::local_mutex>;

template <class Mutex>
constexpr bool has_the_form_of_a_mutex = std::is_nothrow_default_constructible_v<Mutex> &&
                                         !std::is_copy_constructible_v<Mutex> && !std::is_move_constructible_v<Mutex>;
static_assert(has_the_form_of_a_mutex<weft::mutex>);
static_assert(has_the_form_of_a_mutex<weft::timed_mutex>);
static_assert(has_the_form_of_a_mutex<weft::recursive_mutex>);
static_assert(has_the_form_of_a_mutex<weft::recursive_timed_mutex>);
static_assert(has_the_form_of_a_mutex<weft::shared_mutex>);
static_assert(has_the_form_of_a_mutex<weft::shared_timed_mutex>);
static_assert(has_the_form_of_a_mutex<weft::local_mutex>);

} // namespace

BOOST_FIXTURE_TEST_SUITE(mutex_family, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(unlocking_hands_over_and_nobody_overtakes, Mutex, all_mutexes)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        fiber waiter([&] {
            mutex.lock();
            note("waiter");
            mutex.unlock();
        });
        this_fiber::yield();
        mutex.unlock();
        // It belongs to the waiter, although that has not run yet.
        note(mutex.try_lock() ? "?" : "taken");
        mutex.lock();
        note("main");
        mutex.unlock();
        waiter.join();
    });
    BOOST_TEST(line() == "taken waiter main");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_uncontended_lock_does_not_switch, Mutex, all_mutexes)
{
    run([] {
        Mutex mutex;
        fiber other([] {});
        const auto before = weft::scheduler::current().counters().switches;
        for (int i = 0; i < 100; ++i)
        {
            const std::lock_guard guard(mutex);
        }
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        other.join();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(try_lock_never_waits_and_never_yields, Mutex, owned_once_or_local)
{
    run([] {
        Mutex mutex;
        BOOST_TEST(mutex.try_lock());
        BOOST_TEST(!mutex.try_lock());
        fiber other([&mutex] {
            const auto self = weft::scheduler::current();
            fiber ready([] {});
            const auto before = self.counters().switches;
            BOOST_TEST(!mutex.try_lock());
            BOOST_TEST(self.counters().switches == before);
            ready.join();
        });
        other.join();
        mutex.unlock();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
}

// P4: relock by the owner is an error, not a hang.
BOOST_AUTO_TEST_CASE_TEMPLATE(P4_relocking_is_an_error_and_changes_nothing, Mutex, owned_once_or_local)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        BOOST_TEST(error_of([&mutex] { mutex.lock(); }) == errc::resource_deadlock_would_occur);
        fiber waiter([&] {
            mutex.lock();
            note("waiter");
            mutex.unlock();
        });
        this_fiber::yield();
        // The same with somebody waiting.
        BOOST_TEST(error_of([&mutex] { mutex.lock(); }) == errc::resource_deadlock_would_occur);
        note("unlock");
        mutex.unlock();
        waiter.join();
    });
    BOOST_TEST(line() == "unlock waiter");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(unlocking_anothers_or_a_free_one_is_an_error, Mutex, for_threads)
{
    run([] {
        Mutex mutex;
        BOOST_TEST(error_of([&mutex] { mutex.unlock(); }) == errc::operation_not_permitted);
        mutex.lock();
        const auto unlock_and_try = [&mutex] {
            BOOST_TEST(error_of([&mutex] { mutex.unlock(); }) == errc::operation_not_permitted);
            BOOST_TEST(!mutex.try_lock());
        };
        fiber(unlock_and_try).join();
        fiber waiter([&mutex] { const std::lock_guard guard(mutex); });
        this_fiber::yield();
        fiber(unlock_and_try).join();
        boost::system::error_code of_thread;
        std::thread([&] { of_thread = error_of([&mutex] { mutex.unlock(); }); }).join();
        BOOST_TEST(of_thread == errc::operation_not_permitted);
        mutex.unlock();
        waiter.join();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(plain_threads_lock_too, Mutex, owned_once)
{
    Mutex mutex;
    mutex.lock();
    BOOST_TEST(!mutex.try_lock());
    BOOST_TEST(error_of([&mutex] { mutex.lock(); }) == errc::resource_deadlock_would_occur);
    bool taken = false;
    std::thread([&] { taken = mutex.try_lock(); }).join();
    BOOST_TEST(!taken);
    // A fiber is another owner than the thread that runs it.
    run([&mutex] { BOOST_TEST(!mutex.try_lock()); });
    mutex.unlock();
    BOOST_TEST(error_of([&mutex] { mutex.unlock(); }) == errc::operation_not_permitted);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_exception_under_the_lock_unlocks, Mutex, all_mutexes)
{
    run([] {
        Mutex mutex;
        fiber failing([&mutex] {
            const std::lock_guard guard(mutex);
            this_fiber::yield();
            throw 1;
        });
        this_fiber::yield();
        fiber waiting([&mutex] { const std::lock_guard guard(mutex); });
        BOOST_CHECK_THROW(failing.join(), int);
        waiting.join();
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(lock_reacts_neither_to_cancellation_nor_to_deadlines, Mutex, all_mutexes)
{
    run([this] {
        Mutex mutex;
        mutex.lock();
        fiber waiter([&] {
            const weft::deadline limit(1ms);
            mutex.lock();
            note_time("locked");
            mutex.unlock();
        });
        this_fiber::yield();
        waiter.cancel();
        this_fiber::sleep_for(5ms);
        mutex.unlock();
        waiter.join();
    });
    BOOST_TEST(line() == "locked@5");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_next_owner_may_destroy_it, Mutex, all_mutexes)
{
    run([this] {
        auto mutex = std::make_unique<Mutex>();
        mutex->lock();
        fiber last([&] {
            mutex->lock();
            mutex->unlock();
            mutex.reset();
            note("destroyed");
        });
        this_fiber::yield();
        mutex->unlock();
        last.join();
    });
    BOOST_TEST(line() == "destroyed");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(std_lock_takes_two_at_once, Mutex, all_mutexes)
{
    run([this] {
        Mutex a;
        Mutex b;
        fiber one([&] {
            const std::scoped_lock both(a, b);
            this_fiber::sleep_for(1ms);
            note("one");
        });
        fiber two([&] {
            const std::scoped_lock both(b, a);
            this_fiber::sleep_for(1ms);
            note("two");
        });
        one.join();
        two.join();
    });
    BOOST_TEST(line() == "one two");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_io_context_goes_away_under_a_waiter, Mutex, for_threads)
{
    Mutex mutex;
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            const witness local(*this, "holder");
            const std::lock_guard guard(mutex);
            this_fiber::sleep_for(1h);
        });
        weft::spawn(io, [&] {
            const witness local(*this, "waiter");
            const std::lock_guard guard(mutex);
            note("locked");
        });
        io.poll();
    }
    BOOST_TEST(line() == "~holder locked ~waiter");
    BOOST_TEST(mutex.try_lock());
    mutex.unlock();
}

BOOST_AUTO_TEST_SUITE_END()
