// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/local_mutex.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/shared_mutex.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <tuple>
#include <type_traits>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

static_assert(!std::is_copy_constructible_v<weft::condition_variable>);
static_assert(std::is_nothrow_default_constructible_v<weft::condition_variable>);
static_assert(!std::is_copy_constructible_v<weft::condition_variable_any>);
static_assert(std::is_nothrow_default_constructible_v<weft::condition_variable_any>);

namespace
{

template <class Condition, class Mutex>
struct kind
{
    using condition = Condition;
    using mutex = Mutex;
};

using checking_kinds = std::tuple<kind<weft::condition_variable, weft::mutex>>;
using kinds_for_threads =
    std::tuple<kind<weft::condition_variable, weft::mutex>, kind<weft::condition_variable_any, weft::mutex>,
               kind<weft::condition_variable_any, weft::timed_mutex>,
               kind<weft::condition_variable_any, weft::shared_mutex>>;
using all_kinds = boost::mp11::mp_push_back<kinds_for_threads, kind<weft::condition_variable_any, weft::local_mutex>>;

const char* name_of(std::cv_status status)
{
    return status == std::cv_status::timeout ? "timeout" : "no_timeout";
}

} // namespace

// P5: wait, signal, broadcast. Each wait in five situations: ready at once, woken later, timed out, cancelled, destroyed.
BOOST_FIXTURE_TEST_SUITE(condition_variable_waits, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(P5_ready_at_once, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    run([&] {
        std::unique_lock guard(lock);
        const auto yes = [] { return true; };
        const auto before = weft::scheduler::current().counters().switches;
        changed.wait(guard, yes);
        BOOST_TEST(changed.wait_for(guard, -1s, yes));
        BOOST_TEST(changed.wait_until(guard, clock.now() - 1h, yes));
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        BOOST_TEST(guard.owns_lock());
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(P5_woken_later_in_each_form, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    run([&] {
        int value = 0;
        fiber waiter([&] {
            std::unique_lock guard(lock);
            const auto reached = [&value](int wanted) { return [&value, wanted] { return value >= wanted; }; };
            changed.wait(guard, reached(2));
            note_time("wait");
            note_time(changed.wait_for(guard, 1h, reached(3)) ? "for" : "?");
            note_time(changed.wait_until(guard, clock.now() + 1h, reached(4)) ? "until" : "?");
            note_time(name_of(changed.wait_for(guard, 1h)));
            note_time(name_of(changed.wait_until(guard, clock.now() + 1h)));
            BOOST_TEST(guard.owns_lock());
            BOOST_TEST(!lock.try_lock());
        });
        for (int i = 0; i < 6; ++i)
        {
            this_fiber::sleep_for(1ms);
            const std::lock_guard guard(lock);
            ++value;
            changed.notify_one();
        }
        waiter.join();
    });
    BOOST_TEST(line() == "wait@2 for@3 until@4 no_timeout@5 no_timeout@6");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(P5_timed_out_in_each_form, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    run([&] {
        std::unique_lock guard(lock);
        int asked = 0;
        const auto no = [&asked] {
            ++asked;
            return false;
        };
        note_time(name_of(changed.wait_for(guard, 2ms)));
        note_time(name_of(changed.wait_until(guard, start + 4ms)));
        note_time(changed.wait_for(guard, 2ms, no) ? "?" : "for");
        note_time(changed.wait_until(guard, start + 8ms, no) ? "?" : "until");
        BOOST_TEST(asked == 4); // before and after each wait
        note_time(name_of(changed.wait_for(guard, -1s)));
        note_time(name_of(changed.wait_until(guard, std::chrono::system_clock::time_point())));
        BOOST_TEST(guard.owns_lock());
        // A predicate that has come true at the last moment counts.
        int calls = 0;
        BOOST_TEST(changed.wait_for(guard, 1ms, [&calls] { return ++calls == 2; }));
        const weft::deadline limit(1ms);
        note_time(error_of([&] { changed.wait(guard); }) == timed_out ? "deadline" : "?");
        note_time(error_of([&] { changed.wait_for(guard, 1h, no); }) == timed_out ? "deadline" : "?");
        BOOST_TEST(guard.owns_lock());
    });
    BOOST_TEST(line() == "timeout@2 timeout@4 for@6 until@8 timeout@8 timeout@8 deadline@10 deadline@10");
}

// The fourth situation: as with std, cancellation is not for plain waits; the request stays for others.
BOOST_AUTO_TEST_CASE_TEMPLATE(P5_cancelled_is_no_end_of_the_wait, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    run([&] {
        fiber waiter([&] {
            std::unique_lock guard(lock);
            changed.wait(guard);
            note_time("notified");
            note_time(name_of(changed.wait_for(guard, 2ms)));
            BOOST_TEST(guard.owns_lock());
            BOOST_TEST(this_fiber::cancellation_requested());
            note(error_of([] { this_fiber::sleep_for(1h); }) == aborted ? "aborted" : "?");
        });
        this_fiber::sleep_for(1ms);
        waiter.cancel();
        this_fiber::sleep_for(4ms);
        changed.notify_one();
        waiter.join();
    });
    BOOST_TEST(line() == "notified@5 timeout@7 aborted");
}

// A deadline ends it, and the lock is needed to go on.
BOOST_AUTO_TEST_CASE_TEMPLATE(P5_the_lock_is_taken_again_before_an_error_leaves, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    run([&] {
        fiber waiter([&] {
            std::unique_lock guard(lock);
            const weft::deadline limit(1ms);
            note_time(error_of([&] { changed.wait(guard); }) == timed_out ? "timed_out" : "?");
            BOOST_TEST(guard.owns_lock());
            BOOST_TEST(!lock.try_lock());
        });
        this_fiber::yield();
        lock.lock();
        this_fiber::sleep_for(5ms);
        lock.unlock();
        waiter.join();
    });
    BOOST_TEST(line() == "timed_out@5");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(P5_destroyed_right_after_notify, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    run([&] {
        auto own = std::make_optional<typename Kind::condition>();
        std::vector<fiber> all;
        for (int i = 0; i < 3; ++i)
        {
            all.emplace_back([&, i] {
                std::unique_lock guard(lock);
                own->wait(guard);
                note("w", i);
            });
        }
        this_fiber::yield();
        own->notify_all();
        own.reset();
        note("destroyed");
        join_all(all);
    });
    BOOST_TEST(line() == "destroyed w0 w1 w2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(P5_destroyed_by_the_woken_thread, Kind, kinds_for_threads)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    for (int i = 0; i < 100; ++i)
    {
        auto own = std::make_unique<typename Kind::condition>();
        bool ready = false; // guarded by the lock
        std::thread notifier([&] {
            const std::lock_guard guard(lock);
            ready = true;
            own->notify_one();
        });
        {
            std::unique_lock guard(lock);
            own->wait(guard, [&ready] { return ready; });
            own.reset();
        }
        notifier.join();
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(P5_the_io_context_goes_away, Kind, kinds_for_threads)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    {
        boost::asio::io_context io;
        for (int i = 0; i < 3; ++i)
        {
            weft::spawn(io, [&, i] {
                std::unique_lock guard(lock);
                const bool was_aborted = error_of([&] { changed.wait(guard); }) == aborted;
                note(was_aborted && guard.owns_lock() ? "w" : "?", i);
            });
        }
        io.poll();
    }
    BOOST_TEST(line() == "w0 w1 w2");
    BOOST_TEST(lock.try_lock());
    lock.unlock();
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_notification_without_waiters_is_nothing, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    run([&] {
        changed.notify_one();
        changed.notify_all();
        std::unique_lock guard(lock);
        note_time(name_of(changed.wait_for(guard, 1ms)));
    });
    BOOST_TEST(line() == "timeout@1");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_lock_is_free_during_the_wait, Kind, all_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    run([&] {
        fiber waiter([&] {
            std::unique_lock guard(lock);
            changed.wait(guard);
            note("waiter");
        });
        this_fiber::yield();
        BOOST_TEST(lock.try_lock());
        changed.notify_one();
        this_fiber::yield();
        note("holder"); // notified, but not without the lock
        lock.unlock();
        waiter.join();
    });
    BOOST_TEST(line() == "holder waiter");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(waiting_without_the_lock_is_an_error, Kind, checking_kinds)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    run([&] {
        const auto wait = [&](std::unique_lock<weft::mutex>& guard) { return error_of([&] { changed.wait(guard); }); };
        std::unique_lock<weft::mutex> none;
        BOOST_TEST(wait(none) == errc::operation_not_permitted);
        std::unique_lock unlocked(lock, std::defer_lock);
        BOOST_TEST(wait(unlocked) == errc::operation_not_permitted);
        BOOST_TEST(error_of([&] { changed.wait_for(unlocked, 1s); }) == errc::operation_not_permitted);
        std::unique_lock mine(lock);
        fiber other([&] { BOOST_TEST(wait(mine) == errc::operation_not_permitted); });
        other.join();
        BOOST_TEST(mine.owns_lock());
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(threads_and_fibers_wait_together, Kind, kinds_for_threads)
{
    typename Kind::mutex lock;
    typename Kind::condition changed;
    bool open = false; // guarded by the lock
    int passed = 0;    // guarded by the lock
    const auto enter = [&] {
        std::unique_lock guard(lock);
        changed.wait(guard, [&open] { return open; });
        ++passed;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
    {
        threads.emplace_back(enter);
    }
    run([&] {
        std::vector<fiber> fibers;
        for (int i = 0; i < 3; ++i)
        {
            fibers.emplace_back(enter);
        }
        this_fiber::yield();
        {
            const std::lock_guard guard(lock);
            open = true;
        }
        changed.notify_all();
        join_all(fibers);
    });
    join_all(threads);
    BOOST_TEST(passed == 6);
    std::unique_lock guard(lock);
    BOOST_TEST((changed.wait_for(guard, 1ms) == std::cv_status::timeout));
    BOOST_TEST(!changed.wait_for(guard, 1ms, [] { return false; }));
}

BOOST_AUTO_TEST_SUITE_END()
