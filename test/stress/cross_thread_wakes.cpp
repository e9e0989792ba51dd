// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/mutex.hpp>

#include "contexts.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

using namespace weft::test;
namespace this_fiber = weft::this_fiber;

namespace
{

struct shape
{
    const char* name;
    std::size_t contexts;
    std::size_t threads_of_each;
};

/// Share-nothing threads, one shared io_context, and both.
constexpr shape shapes[] = {{"one_each", 3, 1}, {"shared", 1, 3}, {"both", 2, 2}};

} // namespace

// Wake-ups that cross threads. A lost one shows as a test that does not end.
BOOST_AUTO_TEST_SUITE(cross_thread_wakes)

BOOST_AUTO_TEST_CASE(ping_pong_of_auto_reset_events)
{
    const auto seed_of_test = seed("ping_pong");
    for (const auto& [name, count, threads] : shapes)
    {
        contexts all(count, threads);
        constexpr std::size_t pairs = 8;
        constexpr int rounds = 300;
        struct table
        {
            weft::auto_reset_event ping;
            weft::auto_reset_event pong;
            int ball = 0; // handed over by the events
        };
        std::vector<table> tables(pairs);
        for (std::size_t i = 0; i < pairs; ++i)
        {
            auto& mine = tables[i];
            weft::spawn(weft::solo(all.next()), [&mine, random = chance(seed_of_test, 2 * i)]() mutable {
                for (int n = 0; n < rounds; ++n)
                {
                    disturb(random);
                    ++mine.ball;
                    mine.ping.set();
                    mine.pong.wait();
                }
            });
            weft::spawn(weft::solo(all.next()), [&mine, random = chance(seed_of_test, 2 * i + 1)]() mutable {
                for (int n = 0; n < rounds; ++n)
                {
                    mine.ping.wait();
                    disturb(random);
                    ++mine.ball;
                    mine.pong.set();
                }
            });
        }
        all.run();
        for (const auto& one : tables)
        {
            BOOST_TEST(one.ball == 2 * rounds, name);
        }
    }
}

BOOST_AUTO_TEST_CASE(one_mutex_for_fibers_and_threads)
{
    const auto seed_of_test = seed("one_mutex");
    for (const auto& [name, count, threads] : shapes)
    {
        contexts all(count, threads);
        constexpr std::size_t workers = 12;
        constexpr int rounds = 100;
        weft::timed_mutex mutex;
        long counter = 0; // guarded by the mutex
        const auto work = [&](chance random) {
            for (int n = 0; n < rounds;)
            {
                std::unique_lock guard(mutex, std::defer_lock);
                if (random.one_in(3))
                {
                    if (!guard.try_lock_for(std::chrono::microseconds(random.up_to(100))))
                    {
                        continue;
                    }
                }
                else
                {
                    guard.lock();
                }
                const auto before = counter;
                disturb(random);
                counter = before + 1;
                ++n;
            }
        };
        for (std::size_t i = 0; i < workers; ++i)
        {
            weft::spawn(weft::solo(all.next()), [&work, random = chance(seed_of_test, i)] { work(random); });
        }
        std::vector<std::thread> plain;
        for (std::size_t i = 0; i < 2; ++i)
        {
            plain.emplace_back(work, chance(seed_of_test, workers + i));
        }
        all.run();
        for (auto& one : plain)
        {
            one.join();
        }
        BOOST_TEST(counter == static_cast<long>((workers + 2) * rounds), name);
    }
}

BOOST_AUTO_TEST_CASE(producers_and_consumers_over_conditions)
{
    const auto seed_of_test = seed("producers");
    for (const auto& [name, count, threads] : shapes)
    {
        contexts all(count, threads);
        constexpr std::size_t producers = 6;
        constexpr int items = 150;
        weft::mutex mutex;
        weft::condition_variable not_empty;
        weft::condition_variable not_full;
        std::deque<int> queue; // guarded by the mutex
        long long sum = 0;     // guarded by the mutex
        const auto consume = [&](chance random) {
            for (int n = 0; n < items; ++n)
            {
                std::unique_lock guard(mutex);
                if (random.one_in(4))
                {
                    while (!not_empty.wait_for(guard, std::chrono::microseconds(random.up_to(30)),
                                               [&queue] { return !queue.empty(); }))
                    {
                    }
                }
                else
                {
                    not_empty.wait(guard, [&queue] { return !queue.empty(); });
                }
                sum += queue.front();
                queue.pop_front();
                random.one_in(8) ? not_full.notify_all() : not_full.notify_one();
                guard.unlock();
                disturb(random);
            }
        };
        for (std::size_t i = 0; i < producers; ++i)
        {
            weft::spawn(weft::solo(all.next()), [&, random = chance(seed_of_test, i)]() mutable {
                for (int n = 0; n < items; ++n)
                {
                    disturb(random);
                    std::unique_lock guard(mutex);
                    not_full.wait(guard, [&queue] { return queue.size() < 4; });
                    queue.push_back(n);
                    // More than one consumer may have timed out meanwhile, so none may be forgotten.
                    random.one_in(8) ? not_empty.notify_all() : not_empty.notify_one();
                }
            });
        }
        for (std::size_t i = 0; i + 1 < producers; ++i)
        {
            weft::spawn(weft::solo(all.next()),
                        [&consume, random = chance(seed_of_test, producers + i)] { consume(random); });
        }
        std::thread plain(consume, chance(seed_of_test, 2 * producers));
        all.run();
        plain.join();
        BOOST_TEST(sum == static_cast<long long>(producers) * items * (items - 1) / 2, name);
        BOOST_TEST(queue.empty());
    }
}

BOOST_AUTO_TEST_CASE(one_event_for_all)
{
    const auto seed_of_test = seed("one_event");
    for (const auto& [name, count, threads] : shapes)
    {
        for (int round = 0; round < 20; ++round)
        {
            contexts all(count, threads);
            // Destroyed by the last who passes, while `set` may not have returned.
            auto event = std::make_optional<weft::manual_reset_event>();
            std::atomic<int> left = 16;
            int data = 0; // published by the event
            std::atomic<int> seen = 0;
            const auto pass = [&](chance random) {
                disturb(random);
                event->wait();
                seen += data;
                if (--left == 0)
                {
                    event.reset();
                }
            };
            for (std::size_t i = 0; i < 14; ++i)
            {
                weft::spawn(weft::solo(all.next()), [&pass, random = chance(seed_of_test, i)] { pass(random); });
            }
            std::thread plain(pass, chance(seed_of_test, 14));
            std::thread setter([&] {
                data = 1;
                event->set();
                pass(chance(seed_of_test, 15));
            });
            all.run();
            plain.join();
            setter.join();
            BOOST_TEST(seen.load() == 16, name);
        }
    }
}

BOOST_AUTO_TEST_CASE(many_threads_wake_one_wait)
{
    const auto seed_of_test = seed("many_threads");
    for (const auto& [name, count, threads] : shapes)
    {
        contexts all(count, threads);
        constexpr std::size_t fibers = 4;
        constexpr int waits = 150;
        std::atomic<long> won = 0;
        std::atomic<long> late = 0;
        std::atomic<bool> stop = false;
        // Each gets a waker of every wait.
        struct mailbox
        {
            std::mutex mutex;
            std::vector<weft::waker> wakers; // guarded by mutex
        };
        std::vector<mailbox> mailboxes(3);
        const auto serve = [&](mailbox& mine) {
            bool last_look = false;
            while (!last_look)
            {
                last_look = stop.load();
                std::vector<weft::waker> taken;
                {
                    const std::lock_guard guard(mine.mutex);
                    taken.swap(mine.wakers);
                }
                for (const auto& one : taken)
                {
                    ++(one() ? won : late);
                }
                std::this_thread::yield();
            }
        };
        std::vector<std::thread> servers;
        for (auto& one : mailboxes)
        {
            servers.emplace_back(serve, std::ref(one));
        }
        for (std::size_t i = 0; i < fibers; ++i)
        {
            weft::spawn(weft::solo(all.next()), [&, random = chance(seed_of_test, i)]() mutable {
                for (int n = 0; n < waits; ++n)
                {
                    this_fiber::suspend([&](const weft::waker& mine) {
                        for (auto& one : mailboxes)
                        {
                            const std::lock_guard guard(one.mutex);
                            one.wakers.push_back(mine);
                        }
                    });
                    disturb(random);
                }
            });
        }
        all.run();
        stop = true;
        for (auto& one : servers)
        {
            one.join();
        }
        BOOST_TEST(won.load() == static_cast<long>(fibers) * waits, name);
        BOOST_TEST(late.load() == 2 * static_cast<long>(fibers) * waits, name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
