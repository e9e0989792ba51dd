// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/barrier.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/gate.hpp>
#include <weft/sync/latch.hpp>
#include <weft/sync/mutex.hpp>
#include <weft/sync/semaphore.hpp>
#include <weft/sync/shared_mutex.hpp>

#include "lock_kinds.hpp"
#include "support/sanitized.hpp"
#include "support/schedule_explorer.hpp"
#include "support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <string_view>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;

namespace
{

/// All orders with up to three deviations, and some with many; fewer under sanitizers, which make each run slow.
void explore(const std::function<void()>& scenario)
{
    const auto all = explore_all(runs_sanitized ? 1 : 3, scenario);
    BOOST_TEST(all.complete);
    BOOST_TEST(all.schedules > 5U);
    BOOST_TEST_MESSAGE(all.schedules << " schedules");
    explore_random(seed("schedules"), runs_sanitized ? 30 : 300, scenario);
}

} // namespace

// In any order of the ready fibers: nobody sleeps for ever, nobody is passed over.
BOOST_AUTO_TEST_SUITE(schedules)

BOOST_AUTO_TEST_CASE_TEMPLATE(W10_a_lock_goes_to_who_came_first, Mutex, all_locks)
{
    explore([] {
        Mutex mutex;
        std::deque<int> queue; // who has come, in order
        int inside = 0;
        crew all;
        for (int i = 0; i != 3; ++i)
        {
            all.start([&, i] {
                for (int n = 0; n != 2; ++n)
                {
                    step();
                    queue.push_back(i);
                    const std::lock_guard guard(mutex);
                    require(queue.front() == i, "somebody overtook");
                    queue.pop_front();
                    require(++inside == 1, "two inside");
                    step();
                    --inside;
                }
            });
        }
        all.join();
    });
}

BOOST_AUTO_TEST_CASE(shared_mutex)
{
    explore([] {
        weft::shared_timed_mutex mutex;
        std::deque<int> queue;
        int readers = 0;
        int writers = 0;
        crew all;
        for (int i = 0; i != 4; ++i)
        {
            all.start([&, i] {
                step();
                queue.push_back(i);
                const auto came_in_turn = [&] {
                    // Those who share and came one after the other may run in any order.
                    const auto mine = std::find(queue.begin(), queue.end(), i);
                    require(std::none_of(queue.begin(), mine, [](int one) { return one % 2 == 0; }) || i % 2 == 0,
                            "a writer is passed over");
                    queue.erase(mine);
                };
                if (i % 2 == 0)
                {
                    const std::lock_guard guard(mutex);
                    came_in_turn();
                    require(readers == 0 && ++writers == 1, "a writer is not alone");
                    step();
                    --writers;
                }
                else
                {
                    const std::shared_lock guard(mutex);
                    came_in_turn();
                    require(writers == 0, "a reader beside a writer");
                    ++readers;
                    step();
                    --readers;
                }
            });
        }
        all.join();
        require(mutex.try_lock(), "it is not free");
        mutex.unlock();
    });
}

BOOST_AUTO_TEST_CASE(condition_variable)
{
    explore([] {
        weft::mutex mutex;
        weft::condition_variable not_full;
        weft::condition_variable not_empty;
        int items = 0;
        int taken = 0;
        crew all;
        for (int i = 0; i != 2; ++i)
        {
            all.start([&] {
                for (int n = 0; n != 2; ++n)
                {
                    std::unique_lock guard(mutex);
                    not_full.wait(guard, [&] { return items == 0; });
                    ++items;
                    step();
                    not_empty.notify_one();
                }
            });
            all.start([&] {
                for (int n = 0; n != 2; ++n)
                {
                    std::unique_lock guard(mutex);
                    not_empty.wait(guard, [&] { return items > 0; });
                    --items;
                    ++taken;
                    not_full.notify_one();
                    step();
                }
            });
        }
        all.join();
        require(taken == 4 && items == 0, "an item is lost");
    });
}

// One notification is one wake-up, whatever runs between.
BOOST_AUTO_TEST_CASE(P5_no_spurious_wake_ups)
{
    explore([] {
        weft::mutex mutex;
        weft::condition_variable changed;
        int waiting = 0;
        int notified = 0;
        int woken = 0;
        crew all;
        for (int i = 0; i != 3; ++i)
        {
            all.start([&] {
                step();
                std::unique_lock guard(mutex);
                ++waiting;
                changed.wait(guard);
                require(++woken <= notified, "woken by nobody");
            });
        }
        all.start([&] {
            for (int n = 0; n != 3; ++n)
            {
                std::unique_lock guard(mutex);
                while (waiting == n)
                {
                    guard.unlock();
                    this_fiber::sleep_for(1ms);
                    guard.lock();
                }
                ++notified;
                changed.notify_one();
                guard.unlock();
                step();
            }
        });
        all.join();
        require(woken == 3, "somebody was not woken");
    });
}

BOOST_AUTO_TEST_CASE(semaphore)
{
    explore([] {
        weft::counting_semaphore<2> places(2);
        std::deque<int> queue;
        int inside = 0;
        crew all;
        for (int i = 0; i != 4; ++i)
        {
            all.start([&, i] {
                step();
                queue.push_back(i);
                places.acquire();
                require(std::find(queue.begin(), queue.begin() + std::min<std::ptrdiff_t>(2, std::ssize(queue)), i) !=
                            queue.begin() + std::min<std::ptrdiff_t>(2, std::ssize(queue)),
                        "somebody overtook");
                queue.erase(std::find(queue.begin(), queue.end(), i));
                require(++inside <= 2, "too many inside");
                step();
                --inside;
                places.release();
            });
        }
        all.join();
        require(places.try_acquire() && places.try_acquire() && !places.try_acquire(), "a permit is lost");
    });
}

BOOST_AUTO_TEST_CASE(barrier)
{
    explore([] {
        int phases = 0;
        std::array<int, 3> done{};
        weft::barrier sync(3, [&]() noexcept { ++phases; });
        crew all;
        for (std::size_t i = 0; i != 3; ++i)
        {
            all.start([&, i] {
                for (int phase = 0; phase != 3; ++phase)
                {
                    step();
                    ++done[i];
                    sync.arrive_and_wait();
                    require(phases == phase + 1 || phases == phase + 2, "somebody is not in this phase");
                    for (const auto each : done)
                    {
                        require(each > phase, "somebody went on before all had come");
                    }
                }
            });
        }
        all.join();
        require(phases == 3, "the completion was not called once for each phase");
    });
}

BOOST_AUTO_TEST_CASE(latch_and_gate)
{
    explore([] {
        weft::latch ready(2);
        weft::gate users;
        bool gone = false;
        crew all;
        for (int i = 0; i != 2; ++i)
        {
            all.start([&] {
                const weft::gate::pass inside(users);
                ready.count_down();
                step();
                require(!gone, "used after its end");
                step();
            });
        }
        all.start([&] {
            ready.wait();
            users.close();
            users.wait();
            gone = true;
        });
        all.join();
        require(gone, "the gate did not open");
    });
}

BOOST_AUTO_TEST_SUITE_END()

// That it finds what it is for.
BOOST_AUTO_TEST_SUITE(schedule_explorer_itself)

BOOST_AUTO_TEST_CASE(a_lost_update_needs_one_preemption)
{
    const auto scenario = [] {
        int counter = 0;
        crew all;
        for (int i = 0; i != 2; ++i)
        {
            all.start([&, i] {
                const int seen = counter;
                if (i == 1)
                {
                    step();
                }
                counter = seen + 1;
            });
        }
        all.join();
        require(counter == 2, "lost");
    };
    BOOST_TEST(run_schedule({}, scenario).violation == nullptr);
    const char* found = nullptr;
    schedule order;
    for (std::uint16_t place = 0; place != 3 && found == nullptr; ++place)
    {
        order = {place};
        found = run_schedule(order, scenario).violation;
    }
    BOOST_REQUIRE(found != nullptr);
    BOOST_TEST(std::string_view(found) == "lost");
}

BOOST_AUTO_TEST_CASE(a_lost_wake_up_is_seen)
{
    const auto result = run_schedule({}, [] {
        weft::latch never(1);
        crew all;
        all.start([&] { never.wait(); });
        all.join();
    });
    BOOST_REQUIRE(result.violation != nullptr);
    BOOST_TEST(std::string_view(result.violation) == "a fiber sleeps for ever");
    BOOST_TEST(result.leaked == 0);
}

BOOST_AUTO_TEST_CASE(all_orders_of_three_steps)
{
    // Three fibers of one step each, in all orders.
    std::array<int, 1000> seen{};
    const auto done = explore_all(10, [&] {
        int order = 0;
        crew all;
        for (int i = 1; i <= 3; ++i)
        {
            all.start([&, i] { order = order * 10 + i; });
        }
        all.join();
        ++seen[static_cast<std::size_t>(order)];
    });
    BOOST_TEST(done.complete);
    for (const auto order : {123, 132, 213, 231, 312, 321})
    {
        BOOST_TEST(seen[static_cast<std::size_t>(order)] > 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
