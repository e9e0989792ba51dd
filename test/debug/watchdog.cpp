// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/debug/watchdog.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/work_stealing.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/mutex.hpp>

#include "fiber/team_member.hpp"
#include "support/errors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <mutex>
#include <string>

using namespace std::chrono_literals;
using namespace weft::test;
using weft::debug::watchdog;
namespace this_fiber = weft::this_fiber;

namespace
{

constexpr auto limit = 100ms;

// No thread and no signal: the tests look by hand, from the fiber that is watched.
constexpr weft::debug::watchdog_options by_hand{.limit = limit, .interval = 0ns, .signal = 0};

} // namespace

BOOST_AUTO_TEST_SUITE(watchdog_checks)

BOOST_AUTO_TEST_CASE(a_stall_is_reported_once)
{
    weft::run([] {
        watchdog dog(by_hand);
        dog.watch(weft::scheduler::current());
        const auto now = std::chrono::steady_clock::now();
        BOOST_TEST(dog.check(now).empty());
        BOOST_TEST(dog.check(now + limit - 1ns).empty());
        const auto found = dog.check(now + limit);
        BOOST_TEST_REQUIRE(found.size() == 1U);
        BOOST_TEST((found[0].lasted == limit));
        BOOST_TEST(!found[0].is_explained);
        BOOST_TEST(to_string(found[0]).find("100 ms") != std::string::npos);
        BOOST_TEST(dog.check(now + 2 * limit).empty());
        this_fiber::yield();

        // It has gone on, and stalls a second time.
        weft::mutex lock;
        const std::lock_guard held(lock);
        BOOST_TEST(dog.check(now + 3 * limit).empty());
        BOOST_TEST(dog.check(now + 4 * limit).size() == 1U);
        BOOST_TEST(dog.counters().checks == 6U);
        BOOST_TEST(dog.counters().stalls == 2U);
        BOOST_TEST(dog.counters().unexplained == 2U);
    });
}

BOOST_AUTO_TEST_CASE(progress_is_no_stall)
{
    weft::run([] {
        watchdog dog(by_hand);
        dog.watch(weft::scheduler::current());
        weft::mutex lock;
        weft::fiber other([] {
            for (int i = 0; i < 10; ++i)
            {
                this_fiber::yield();
            }
        });
        auto now = std::chrono::steady_clock::now();
        for (int i = 0; i < 10; ++i, now += limit)
        {
            BOOST_TEST(dog.check(now).empty());
            if (i % 2 == 0)
            {
                this_fiber::yield(); // a switch
            }
            else
            {
                const std::lock_guard held(lock); // a call that need not wait
            }
        }
        other.join();
    });
}

BOOST_AUTO_TEST_CASE(idle_and_forgotten_schedulers_are_left_alone)
{
    boost::asio::io_context io;
    const auto idle = weft::scheduler::of(io);
    watchdog dog(by_hand);
    dog.watch(idle);
    dog.watch(idle);
    weft::run([&] {
        const auto self = weft::scheduler::current();
        dog.watch(self);
        const auto now = std::chrono::steady_clock::now();
        BOOST_TEST(dog.check(now).empty());
        dog.forget(self);
        dog.forget(self);
        BOOST_TEST(dog.check(now + 2 * limit).empty());
        BOOST_TEST(self.core().watchers == 0);
    });
    BOOST_TEST(idle.core().watchers == 1);
    dog.forget(idle);
    BOOST_TEST(idle.core().watchers == 0);
}

// What may move of a stalled scheduler's ready fibers goes on elsewhere.
BOOST_AUTO_TEST_CASE(the_others_of_a_team_are_called)
{
    for (const bool call : {true, false})
    {
        const weft::work_team team;
        member stalled;
        member idle;
        stalled.join<weft::work_stealing>(team);
        idle.join<weft::work_stealing>(team);
        auto options = by_hand;
        options.call_others = call;
        watchdog dog(options);
        dog.watch(weft::scheduler::of(stalled.io));
        weft::manual_reset_event go;
        std::string order;
        weft::spawn(stalled.io, [&] {
            weft::fiber moving(migratable, [&] {
                go.wait();
                order += " moved";
            });
            weft::fiber staying([&] {
                go.wait();
                order += " stayed";
            });
            this_fiber::yield();
            idle.poll(); // it was called when they were made, and finds that both wait
            go.set();
            const auto now = std::chrono::steady_clock::now();
            BOOST_TEST(dog.check(now).empty());
            idle.poll();
            order += "before";
            BOOST_TEST(dog.check(now + limit).size() == 1U);
            idle.poll();
            order += " after";
            moving.join();
            staying.join();
        });
        while (stalled.poll() + idle.poll() != 0)
        {
        }
        BOOST_TEST(order == (call ? "before moved after stayed" : "before after moved stayed"));
        BOOST_TEST(team.moves() == (call ? 1U : 0U));
    }
}

BOOST_AUTO_TEST_CASE(its_own_thread_looks)
{
    watchdog dog({.limit = 1ms, .interval = 1ms, .signal = 0});
    weft::run([&] {
        dog.watch(weft::scheduler::current());
        while (dog.counters().stalls == 0)
        {
        }
        BOOST_TEST(dog.counters().checks > 1U);
    });
}

BOOST_AUTO_TEST_CASE(options_that_cannot_be)
{
    const auto refused = [](const weft::debug::watchdog_options& options) {
        return error_of([&] { const watchdog dog(options); }) == errc::invalid_argument;
    };
    BOOST_TEST(refused({.limit = 0ns}));
    BOOST_TEST(refused({.interval = -1ns}));
    BOOST_TEST(refused({.signal = SIGKILL}));
    BOOST_TEST(refused({.signal = -1}));
}

BOOST_AUTO_TEST_SUITE_END()
