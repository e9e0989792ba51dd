// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H12: a time-out races a wake-up, a waker is used after its wait, a condition variable is destroyed right after it was
// notified. Each wait has a number of its own, and the first to change one atomic word from "waits" to "woken" wins.
//
// The races between threads are real ones; what they must not do shows as a lost count, a hang, or under a sanitizer.

#include "io/support_io.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

constexpr int rounds = 2000;

const weft::test::error_code aborted = asio::error::operation_aborted;

} // namespace

BOOST_FIXTURE_TEST_SUITE(wake_races, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(wake_and_time_out_at_the_same_moment)
{
    run_fibers(
        [this] {
            // Whoever comes first has ended the wait, and the other has no effect on the next one.
            for (const bool wake_first : {true, false})
            {
                weft::auto_reset_event event;
                bool in_time = false;
                watched_fiber waiting([&] {
                    in_time = event.wait_for(1s);
                    event.wait();
                });
                this_fiber::yield();
                if (wake_first)
                {
                    event.set();
                    standing.advance(1s);
                }
                else
                {
                    standing.advance(1s);
                    event.set(); // nobody waits any more: it stays set for the second wait
                }
                this_fiber::yield();
                BOOST_TEST(in_time == wake_first);
                BOOST_TEST((waiting.state() == weft::fiber_state::terminated) == !wake_first);
                event.set();
                waiting.join();
            }
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(waker_after_its_wait)
{
    weft::waker kept;
    run_fibers(
        [&] {
            watched_fiber waiting([&] {
                const weft::deadline limit(1s);
                const auto wait = [&] { this_fiber::suspend([&](weft::waker mine) { kept = mine; }); };
                BOOST_TEST((code_of(wait) == asio::error::timed_out));
                BOOST_TEST(!kept.wake());
                {
                    weft::waker second;
                    this_fiber::suspend([&](weft::waker mine) {
                        BOOST_TEST(!kept.wake()); // of the wait before
                        second = mine;
                        BOOST_TEST(mine.wake());
                        BOOST_TEST(!second.wake()); // a copy of one that was used
                    });
                }
            });
            waiting.join();
            BOOST_TEST(!kept.wake()); // the fiber is gone
        },
        &clock);
    BOOST_TEST(!kept.wake()); // and its scheduler
    BOOST_TEST(!weft::waker().wake());
}

BOOST_AUTO_TEST_CASE(late_wakers_of_other_threads)
{
    run_fibers([] {
        // Each waker is used twice, by two threads; one use may come when the fiber is in a later wait.
        std::atomic<int> won{0};
        std::mutex lock;
        std::vector<weft::waker> published;
        std::atomic<bool> done{false};
        const auto body = [&] {
            std::size_t next = 0;
            while (!done)
            {
                std::optional<weft::waker> mine;
                {
                    const std::lock_guard guard(lock);
                    if (next < published.size())
                    {
                        mine = published[next++];
                    }
                }
                if (mine)
                {
                    won += mine->wake() ? 1 : 0;
                }
                else
                {
                    std::this_thread::yield();
                }
            }
        };
        std::thread a(body);
        std::thread b(body);
        for (int i = 0; i < rounds; ++i)
        {
            this_fiber::suspend([&](const weft::waker& mine) {
                const std::lock_guard guard(lock);
                published.push_back(mine);
            });
        }
        done = true;
        a.join();
        b.join();
        BOOST_TEST(won == rounds);
    });
}

BOOST_AUTO_TEST_CASE(no_set_is_lost_to_a_time_out)
{
    run_fibers([] {
        weft::auto_reset_event event;
        std::atomic<int> acknowledged{0};
        std::thread setter([&] {
            for (int i = 0; i < rounds; ++i)
            {
                event.set();
                while (acknowledged <= i)
                {
                    std::this_thread::yield();
                }
            }
        });
        int received = 0;
        while (received < rounds)
        {
            // Real time: about as long as it takes the other thread to come round.
            if (event.wait_for(std::chrono::microseconds(1 + received % 5)))
            {
                ++received;
                ++acknowledged;
            }
        }
        setter.join();
        BOOST_TEST(!event.is_set());
    });
}

BOOST_AUTO_TEST_CASE(no_lock_is_lost_to_a_time_out)
{
    run_fibers([] {
        weft::timed_mutex lock;
        std::atomic<bool> done{false};
        std::atomic<int> contended{0};
        std::thread other([&] {
            while (!done)
            {
                lock.lock();
                ++contended;
                std::this_thread::yield();
                lock.unlock();
            }
        });
        for (int i = 0; i < rounds / 4 || contended == 0; ++i)
        {
            if (lock.try_lock_for(std::chrono::microseconds(1 + i % 5)))
            {
                lock.unlock();
            }
        }
        done = true;
        other.join();
        BOOST_TEST(lock.try_lock()); // nobody has been handed a lock that he did not wait for
        lock.unlock();
    });
}

BOOST_AUTO_TEST_CASE(cancellation_races_a_wake_up)
{
    run_fibers([] {
        for (int i = 0; i < 200; ++i)
        {
            weft::auto_reset_event event;
            bool received = false;
            watched_fiber waiting([&] {
                received = !code_of([&] { event.wait(); });
                BOOST_TEST((code_of([&] { event.wait(); }) == aborted));
            });
            this_fiber::yield();
            std::thread setter([&] { event.set(); });
            std::thread canceler([&] { waiting.cancel(); });
            setter.join();
            canceler.join();
            waiting.join();
            BOOST_TEST(event.is_set() == !received); // the one or the other, never both, never neither
        }
    });
}

BOOST_AUTO_TEST_CASE(deadline_races_the_completion_of_an_operation)
{
    run_fibers([] {
        asio::io_context elsewhere;
        const auto work = asio::make_work_guard(elsewhere);
        std::thread driver([&] { elsewhere.run(); });
        asio::steady_timer timer(elsewhere);
        int completed = 0;
        for (int i = 0; i < rounds / 4; ++i)
        {
            timer.expires_after(std::chrono::microseconds(20));
            const weft::deadline limit(std::chrono::microseconds(10 + i % 20));
            const auto error =
                code_of([&] { timer.async_wait(asio::bind_executor(elsewhere.get_executor(), weft::use_fiber)); });
            completed += error ? 0 : 1;
            BOOST_TEST((!error || error == asio::error::timed_out), error.message());
        }
        BOOST_TEST_MESSAGE(completed << " of " << rounds / 4 << " completed in time");
        elsewhere.stop();
        driver.join();
    });
}

// ── destruction right after the notification ────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(condition_variable_destroyed_by_the_woken_fiber)
{
    run_fibers([] {
        weft::mutex lock;
        for (const bool all : {true, false})
        {
            auto condition = std::make_unique<weft::condition_variable>();
            watched_fiber waiting([&] {
                std::unique_lock held(lock);
                condition->wait(held);
                condition.reset();
            });
            this_fiber::yield();
            all ? condition->notify_all() : condition->notify_one();
            waiting.join();
            BOOST_TEST((condition == nullptr));
        }
    });
}

BOOST_AUTO_TEST_CASE(condition_variable_destroyed_while_notify_all_has_not_returned)
{
    run_fibers([] {
        weft::mutex lock;
        for (int i = 0; i < rounds / 4; ++i)
        {
            auto condition = std::make_unique<weft::condition_variable>();
            bool ready = false;
            std::unique_lock held(lock);
            std::thread notifier([&, which = condition.get()] {
                const std::lock_guard guard(lock);
                ready = true;
                which->notify_all();
            });
            condition->wait(held, [&] { return ready; });
            held.unlock();
            condition.reset();
            notifier.join();
        }
    });
}

BOOST_AUTO_TEST_CASE(event_destroyed_while_set_has_not_returned)
{
    run_fibers([] {
        for (int i = 0; i < rounds / 4; ++i)
        {
            auto event = std::make_unique<weft::manual_reset_event>();
            std::thread setter([which = event.get()] { which->set(); });
            event->wait();
            event.reset();
            setter.join();
        }
    });
}

BOOST_AUTO_TEST_CASE(mutex_destroyed_by_the_next_owner)
{
    run_fibers([] {
        for (int i = 0; i < rounds / 4; ++i)
        {
            auto lock = std::make_unique<weft::mutex>();
            std::atomic<bool> locked{false};
            std::thread first([&, which = lock.get()] {
                which->lock();
                locked = true;
                which->unlock();
            });
            while (!locked)
            {
                std::this_thread::yield();
            }
            lock->lock();
            lock->unlock();
            lock.reset();
            first.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
