// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A fiber that is always ready keeps neither the other fibers nor the other handlers of the executor out.

#include <weft/weft.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

constexpr int calls_of_a_round = 16 * 256;
constexpr int endless = std::numeric_limits<int>::max() / 16;

/// Something that could wait, and need not.
struct ready_call
{
    std::string name;
    std::function<void()> make;
    int cost = 1;
};

std::vector<ready_call> ready_calls()
{
    std::vector<ready_call> all;
    const auto add = [&](std::string name, int cost, auto call) { all.push_back({std::move(name), call, cost}); };
    add("mutex", 1, [lock = std::make_shared<weft::mutex>()] { const std::lock_guard held(*lock); });
    add("timed_mutex", 1, [lock = std::make_shared<weft::timed_mutex>()] {
        lock->try_lock_for(1s);
        lock->unlock();
    });
    add("recursive_mutex", 1,
        [lock = std::make_shared<weft::recursive_mutex>()] { const std::lock_guard held(*lock); });
    add("local_mutex", 1, [lock = std::make_shared<weft::local_mutex>()] { const std::lock_guard held(*lock); });
    add("shared_mutex", 1, [lock = std::make_shared<weft::shared_mutex>()] { const std::shared_lock held(*lock); });
    add("semaphore", 1, [count = std::make_shared<weft::counting_semaphore<>>(1)] {
        count->acquire();
        count->release();
    });
    const auto event = std::make_shared<weft::manual_reset_event>();
    event->set();
    add("event", 1, [event] { event->wait(); });
    add("queue", 2, [queue = std::make_shared<weft::blocking_queue<int>>(4)] {
        queue->push(1);
        queue->pop();
    });
    add("select", 1, [event] { weft::select(event->on_set([] {})); });
    add("suspend", 1, [] { this_fiber::suspend([](const weft::waker& mine) { mine.wake(); }); });
    return all;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(time_slices, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(a_call_that_need_not_wait_lets_others_run)
{
    for (const auto& call : ready_calls())
    {
        int calls = 0;
        bool others_ran = false;
        weft::run([&] {
            weft::fiber hot([&] {
                while (!others_ran)
                {
                    call.make();
                    ++calls;
                }
            });
            weft::fiber other([&] { others_ran = true; });
            hot.join();
            other.join();
        });
        BOOST_TEST(calls >= calls_of_a_round / call.cost / 2, call.name);
        BOOST_TEST(calls <= 2 * (calls_of_a_round / call.cost + 1), call.name);
    }
}

BOOST_AUTO_TEST_CASE(a_hot_queue_pair_beside_a_timer)
{
    // One pushes into a queue that is never full, the other takes what is there before it waits.
    int elements = 0;
    weft::run([&] {
        weft::blocking_queue<int> queue(1'000'000);
        asio::steady_timer timer(weft::this_executor(), 0ms);
        bool stop = false;
        timer.async_wait([&](auto) { stop = true; });
        weft::fiber source([&] {
            while (!stop)
            {
                queue.push(elements);
                ++elements;
            }
            queue.close();
        });
        weft::fiber sink([&] {
            for (int expected = 0; const auto element : queue)
            {
                BOOST_TEST_REQUIRE(element == expected++);
            }
        });
        source.join();
        sink.join();
    });
    BOOST_TEST(elements <= 2 * (calls_of_a_round + 1));
}

BOOST_AUTO_TEST_CASE(a_sleep_beside_fibers_that_are_always_ready)
{
    weft::run([] {
        bool stop = false;
        weft::fiber sleeper([&] {
            this_fiber::sleep_for(1ms);
            stop = true;
        });
        const auto yield_often = [&] {
            while (!stop)
            {
                this_fiber::yield();
            }
        };
        weft::fiber one(yield_often);
        weft::fiber two(yield_often);
        one.join();
        two.join();
        sleeper.join();
    });
}

BOOST_AUTO_TEST_CASE(calls_of_the_system_that_need_not_wait)
{
    int looks = 0;
    weft::run([&] {
        auto [one, other] = weft::local::socketpair();
        std::array<char, 1> data{};
        other.write(asio::buffer("x", 1));
        bool stop = false;
        asio::post(weft::this_executor(), [&stop] { stop = true; });
        while (!stop)
        {
            one.peek(asio::buffer(data)); // the byte stays
            ++looks;
        }
    });
    BOOST_TEST(looks <= 2 * calls_of_a_round / 16);
}

BOOST_AUTO_TEST_CASE(calls_that_never_wait_keep_the_turn)
{
    weft::run([] {
        const auto self = weft::scheduler::current();
        weft::mutex lock;
        weft::blocking_queue<int> queue(1);
        weft::fiber other([] {});
        const auto before = self.counters().switches;
        for (int i = 0; i < 2 * calls_of_a_round; ++i)
        {
            BOOST_TEST_REQUIRE(lock.try_lock());
            lock.unlock();
            BOOST_TEST_REQUIRE(queue.try_push(i));
            BOOST_TEST_REQUIRE(queue.try_pop().value() == i);
            this_fiber::cancellation_point();
        }
        BOOST_TEST(self.counters().switches == before);
        other.join();
    });
}

BOOST_AUTO_TEST_CASE(the_order_of_turns_survives)
{
    // Rounds of 64 calls and four switches; in each turn 40 calls. Who is interrupted by the end of a round goes on first.
    weft::run(
        [this] {
            weft::mutex lock;
            const auto body = [&](std::string name) {
                for (int turn = 1; turn <= 3; ++turn)
                {
                    for (int i = 0; i < 40; ++i)
                    {
                        const std::lock_guard held(lock);
                    }
                    note(name, turn);
                    this_fiber::yield();
                }
            };
            weft::fiber a(body, "a");
            weft::fiber b(body, "b");
            weft::fiber c(body, "c");
            a.join();
            b.join();
            c.join();
        },
        {.slices = {.switches = 4}});
    BOOST_TEST(line() == "a1 b1 c1 a2 b2 c2 a3 b3 c3");
}

BOOST_AUTO_TEST_CASE(the_budget_is_chosen)
{
    for (const int switches : {1, 10})
    {
        int calls = 0;
        weft::run(
            [&] {
                bool stop = false;
                weft::mutex lock;
                this_fiber::yield();
                asio::post(weft::this_executor(), [&stop] { stop = true; });
                while (!stop)
                {
                    const std::lock_guard held(lock);
                    ++calls;
                }
            },
            {.slices = {.switches = switches}});
        BOOST_TEST(calls <= 16 * switches + 1);
        BOOST_TEST(calls >= 16 * (switches - 1));
    }
}

BOOST_AUTO_TEST_CASE(a_tick_ends_the_slice)
{
    // Without the tick, neither loop would ever end.
    weft::run(
        [] {
            bool others_ran = false;
            weft::mutex lock;
            weft::fiber hot([&] {
                while (!others_ran)
                {
                    const std::lock_guard held(lock);
                }
            });
            weft::fiber other([&] { others_ran = true; });
            hot.join();
            other.join();

            bool handler_ran = false;
            asio::post(weft::this_executor(), [&] { handler_ran = true; });
            const auto yield_often = [&] {
                while (!handler_ran)
                {
                    this_fiber::yield();
                }
            };
            weft::fiber one(yield_often);
            weft::fiber two(yield_often);
            one.join();
            two.join();
        },
        {.slices = {.switches = endless, .length = 1ms}});
}

BOOST_AUTO_TEST_CASE(the_tick_comes_and_goes_and_wakes_up_again)
{
    asio::io_context io;
    auto scheduler = weft::scheduler::of(io);
    for (int i = 0; i < 3; ++i)
    {
        scheduler.use_slices({.switches = endless, .length = i % 2 == 0 ? 1ms : 2ms});
        bool handler_ran = false;
        weft::spawn(io, [&] {
            asio::steady_timer(io, 5ms).async_wait(weft::use_fiber); // it falls asleep
            asio::post(io, [&] { handler_ran = true; });
            weft::manual_reset_event event;
            event.set();
            while (!handler_ran)
            {
                event.wait();
            }
        });
        io.run();
        io.restart();
        BOOST_TEST(handler_ran);
    }
    scheduler.use_slices({});
}

BOOST_AUTO_TEST_CASE(slices_that_cannot_be)
{
    asio::io_context io;
    auto scheduler = weft::scheduler::of(io);
    const auto refused = [&](const weft::slice_options& options) {
        return weft::test::error_of([&] { scheduler.use_slices(options); }) == weft::test::errc::invalid_argument;
    };
    BOOST_TEST(refused({.switches = 0}));
    BOOST_TEST(refused({.switches = -1}));
    BOOST_TEST(refused({.switches = std::numeric_limits<int>::max()}));
    BOOST_TEST(refused({.length = -1ns}));
}

BOOST_AUTO_TEST_SUITE_END()
