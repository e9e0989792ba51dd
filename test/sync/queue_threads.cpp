// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/select.hpp>

#include "queue_kinds.hpp"
#include "support/every_step.hpp"
#include "support/sanitized.hpp"
#include "support/schedule_explorer.hpp"
#include "support/seed.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <thread>
#include <tuple>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::select;

namespace
{

constexpr int workers = 3;

/// Ways to run six bodies at the same time.
struct fibers_of_one_thread
{
    static void run(const std::vector<std::function<void()>>& bodies)
    {
        weft::run([&] {
            std::vector<weft::fiber> all;
            for (const auto& body : bodies)
            {
                all.emplace_back(body);
            }
            for (auto& one : all)
            {
                one.join();
            }
        });
    }
};

struct solo_fibers_of_three_threads
{
    static void run(const std::vector<std::function<void()>>& bodies)
    {
        boost::asio::io_context io;
        for (const auto& body : bodies)
        {
            weft::spawn(weft::solo(io), body);
        }
        std::vector<std::thread> threads;
        for (int i = 0; i < 3; ++i)
        {
            threads.emplace_back([&io] { io.run(); });
        }
        for (auto& one : threads)
        {
            one.join();
        }
    }
};

struct schedulers_of_their_own
{
    static void run(const std::vector<std::function<void()>>& bodies)
    {
        std::vector<std::thread> threads;
        for (const auto& body : bodies)
        {
            threads.emplace_back([&body] { weft::run(body); });
        }
        for (auto& one : threads)
        {
            one.join();
        }
    }
};

struct plain_threads
{
    static void run(const std::vector<std::function<void()>>& bodies)
    {
        std::vector<std::thread> threads;
        for (const auto& body : bodies)
        {
            threads.emplace_back(body);
        }
        for (auto& one : threads)
        {
            one.join();
        }
    }
};

template <class Where, class Kind>
struct at
{
    using where = Where;
    using kind = Kind;
};

using everywhere =
    std::tuple<at<fibers_of_one_thread, bounded_queue>, at<fibers_of_one_thread, unbounded_stack>,
               at<fibers_of_one_thread, rendezvous>, at<solo_fibers_of_three_threads, bounded_queue>,
               at<solo_fibers_of_three_threads, unbounded_queue>, at<solo_fibers_of_three_threads, bounded_stack>,
               at<solo_fibers_of_three_threads, rendezvous>, at<schedulers_of_their_own, buffering_channel>,
               at<schedulers_of_their_own, rendezvous>, at<plain_threads, bounded_queue>,
               at<plain_threads, unbounded_queue>, at<plain_threads, rendezvous>>;

/// What was taken, and that nothing came twice or was lost.
struct tally
{
    explicit tally(int items) : times(std::size_t(items)) {}

    std::vector<std::atomic<int>> times;

    void count(int item)
    {
        times[std::size_t(item)].fetch_add(1, std::memory_order_relaxed);
    }
    bool each_once() const
    {
        for (const auto& one : times)
        {
            if (one.load(std::memory_order_relaxed) != 1)
            {
                return false;
            }
        }
        return true;
    }
};

} // namespace

// H28: nobody sleeps for ever, nothing is lost or doubled, with producers and consumers anywhere.
BOOST_AUTO_TEST_SUITE(queues_shared)

BOOST_AUTO_TEST_CASE_TEMPLATE(H28_every_element_arrives_once, Case, everywhere)
{
    constexpr int each = 3000;
    tally taken(workers * each);
    queue_of<typename Case::kind, int> queue;
    std::atomic<int> putting{workers};
    std::vector<std::function<void()>> bodies;
    for (int who = 0; who < workers; ++who)
    {
        bodies.emplace_back([&, who] {
            for (int i = 0; i < each; ++i)
            {
                queue.push(who * each + i);
            }
            if (--putting == 0)
            {
                queue.close();
            }
        });
        bodies.emplace_back([&] {
            for (const int item : queue)
            {
                taken.count(item);
            }
        });
    }
    Case::where::run(bodies);
    BOOST_TEST(taken.each_once());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(H28_every_element_arrives_once_through_selects_and_timed_waits, Case, everywhere)
{
    constexpr int each = 1000;
    tally taken(workers * each);
    queue_of<typename Case::kind, int> a;
    queue_of<typename Case::kind, int> b;
    std::atomic<int> left{workers * each};
    std::vector<std::function<void()>> bodies;
    for (int who = 0; who < workers; ++who)
    {
        bodies.emplace_back([&, who] {
            for (int i = 0; i < each;)
            {
                const int item = who * each + i;
                const auto sent = [&i] { ++i; };
                if (i % 3 == 0)
                {
                    i += a.push_for(item, 50us) ? 1 : 0;
                }
                else
                {
                    select(a.on_push(item, sent), b.on_push(item, sent), weft::after(100us));
                }
            }
        });
        bodies.emplace_back([&] {
            const auto take = [&](std::optional<int> item) {
                if (item)
                {
                    taken.count(*item);
                    if (--left == 0)
                    {
                        a.close();
                        b.close();
                    }
                }
            };
            for (int turn = 0; left > 0; ++turn)
            {
                if (turn % 4 == 0)
                {
                    take(b.pop_for(20us));
                }
                else
                {
                    select(a.on_pop(take), b.on_pop(take), weft::after(100us));
                }
            }
        });
    }
    Case::where::run(bodies);
    BOOST_TEST(taken.each_once());
}

BOOST_AUTO_TEST_CASE(millions_of_items_between_two_threads)
{
    const std::int64_t count = runs_sanitized ? 100'000 : 2'000'000;
    weft::blocking_queue<std::int64_t> queue(1024);
    std::thread putter([&] {
        for (std::int64_t i = 0; i < count; ++i)
        {
            queue.push(i);
        }
        queue.close();
    });
    std::int64_t expected = 0;
    bool in_order = true;
    weft::run([&] {
        for (const auto item : queue)
        {
            in_order = in_order && item == expected++;
        }
    });
    putter.join();
    BOOST_TEST(in_order);
    BOOST_TEST(expected == count);
}

BOOST_AUTO_TEST_SUITE_END()

// Interrupted at every step, and in every order.
BOOST_AUTO_TEST_SUITE(queues_interrupted)

BOOST_AUTO_TEST_CASE_TEMPLATE(nothing_is_lost_at_any_step, Kind, all_queues)
{
    const auto runs = every_step([] {
        weft::detail::seed_select(0);
        queue_of<Kind, int> queue;
        int pushed = 0;
        int popped = 0;
        crew all;
        for (int who = 0; who < 2; ++who)
        {
            all.start([&] {
                for (int i = 0; i < 3; ++i)
                {
                    pushed += queue.push_for(i, 1ms) ? 1 : 0;
                    step();
                }
            });
            all.start([&] {
                for (int i = 0; i < 3; ++i)
                {
                    popped += queue.pop_for(1ms) ? 1 : 0;
                }
            });
        }
        all.join();
        require(pushed == popped + int(queue.size()), "an element was lost or doubled");
        int left = 0;
        while (queue.try_pop())
        {
            ++left;
        }
        require(pushed == popped + left, "the size is wrong");
        queue.close();
        require(!queue.pop() && !queue.push(1), "closed, and yet open");
    });
    BOOST_TEST(runs.while_waiting > 0);
    BOOST_TEST(runs.once_woken > 0);
    BOOST_TEST(runs.torn_down > 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nothing_is_lost_at_any_step_of_a_select, Kind, all_queues)
{
    const auto runs = every_step([] {
        weft::detail::seed_select(0);
        queue_of<Kind, int> a;
        queue_of<Kind, int> b;
        int pushed = 0;
        int popped = 0;
        const auto push = [&] { ++pushed; };
        const auto pop = [&](int) { ++popped; };
        crew all;
        for (int who = 0; who < 2; ++who)
        {
            all.start([&] {
                for (int i = 0; i < 3; ++i)
                {
                    select(a.on_push(i, push), b.on_push(i, push), weft::after(1ms));
                    step();
                }
            });
            all.start([&] {
                for (int i = 0; i < 3; ++i)
                {
                    select(a.on_pop(pop), b.on_pop(pop), weft::after(1ms));
                }
            });
        }
        all.join();
        require(pushed == popped + int(a.size() + b.size()), "an element was lost or doubled");
    });
    BOOST_TEST(runs.while_waiting > 0);
    BOOST_TEST(runs.once_woken > 0);
    BOOST_TEST(runs.torn_down > 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(H28_in_any_order_of_the_fibers, Kind, all_queues)
{
    const std::function<void()> scenario = [] {
        weft::detail::seed_select(0);
        queue_of<Kind, int> a;
        queue_of<Kind, int> b;
        int sum = 0;
        crew all;
        all.start([&] {
            a.push(1);
            step();
            b.push(2);
        });
        all.start([&] {
            step();
            select(a.on_push(4), b.on_push(4));
            step();
            a.push(8);
        });
        all.start([&] {
            for (int i = 0; i < 4; ++i)
            {
                select(a.on_pop([&](int n) { sum += n; }), b.on_pop([&](int n) { sum += n; }));
                step();
            }
        });
        all.join();
        require(sum == 15, "an element was lost or doubled");
    };
    const auto all = explore_all(3, scenario, 20'000);
    BOOST_TEST(all.schedules > 10U);
    explore_random(seed("queues"), 200, scenario);
}

BOOST_AUTO_TEST_SUITE_END()
