// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/sync/event.hpp>

#include "contexts.hpp"
#include "support/errors.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>

using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

// The end of a fiber against whatever other threads still do with it.
BOOST_AUTO_TEST_SUITE(fiber_ends)

BOOST_AUTO_TEST_CASE(spawned_by_many_threads)
{
    const auto seed_of_test = seed("spawned");
    contexts all(2, 2);
    constexpr std::size_t spawners = 3;
    constexpr std::size_t each = 400;
    std::atomic<std::size_t> ended = 0;
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 2; ++i)
    {
        auto& io = all.next();
        for (std::size_t s = 0; s < spawners; ++s)
        {
            // Keeps the io_context busy until all are spawned.
            auto done = std::make_shared<weft::manual_reset_event>();
            weft::spawn(io, [done] { done->wait(); });
            threads.emplace_back([&io, &ended, done, random = chance(seed_of_test, i * spawners + s)]() mutable {
                for (std::size_t n = 0; n < each; ++n)
                {
                    weft::spawn(io, [&ended, random]() mutable {
                        disturb(random);
                        ++ended;
                    });
                    random.up_to(1);
                }
                done->set();
            });
        }
    }
    all.run();
    for (auto& one : threads)
    {
        one.join();
    }
    BOOST_TEST(ended.load() == 2 * spawners * each);
}

BOOST_AUTO_TEST_CASE(joined_and_cancelled_from_other_threads)
{
    const auto seed_of_test = seed("joined");
    chance random(seed_of_test, 0);
    for (int round = 0; round < 150; ++round)
    {
        const std::size_t child_turns = random.up_to(4);
        const std::size_t joiner_turns = random.up_to(4);
        std::optional<fiber> handed_over;
        weft::manual_reset_event handed;
        weft::manual_reset_event done; // cancel() needs the scheduler
        bool joined = false;
        std::thread other([&] {
            handed.wait();
            for (std::size_t i = 0; i < joiner_turns; ++i)
            {
                std::this_thread::yield();
            }
            handed_over->cancel();
            handed_over->join();
            joined = true;
            done.set();
        });
        weft::run([&] {
            handed_over.emplace([child_turns] {
                for (std::size_t i = 0; i < child_turns; ++i)
                {
                    this_fiber::yield();
                    std::this_thread::yield();
                }
                // Cancelled now, or before it began, or it ends by itself.
                this_fiber::sleep_for(std::chrono::microseconds(20));
            });
            handed.set();
            done.wait();
        });
        other.join();
        BOOST_REQUIRE(joined);
    }
}

BOOST_AUTO_TEST_CASE(stopped_by_its_source_at_its_end)
{
    const auto seed_of_test = seed("stopped");
    chance random(seed_of_test, 0);
    // The source outlives the fiber, and its thread asks for the stop at about the time the fiber ends.
    std::mutex mutex;
    std::vector<std::stop_source> sources; // guarded by mutex
    std::atomic<bool> finished = false;
    weft::manual_reset_event stopped;
    std::thread stopper([&] {
        bool last_look = false;
        while (!last_look)
        {
            last_look = finished.load();
            std::vector<std::stop_source> taken;
            {
                const std::lock_guard guard(mutex);
                taken.swap(sources);
            }
            for (auto& one : taken)
            {
                one.request_stop();
            }
        }
        stopped.set();
    });
    weft::run([&] {
        for (int round = 0; round < 3000; ++round)
        {
            fiber child([turns = random.up_to(30)] {
                for (std::size_t i = 0; i < turns; ++i)
                {
                    this_fiber::yield();
                }
            });
            {
                const std::lock_guard guard(mutex);
                sources.push_back(child.stop());
            }
            if (round % 2 == 0)
            {
                child.detach();
                this_fiber::yield();
            }
            else
            {
                child.join();
            }
        }
        finished = true;
        stopped.wait();
    });
    stopper.join();
    BOOST_TEST(sources.empty());
}

BOOST_AUTO_TEST_CASE(detached_while_it_ends)
{
    const auto seed_of_test = seed("detached");
    chance random(seed_of_test, 0);
    std::atomic<int> ended = 0;
    for (int round = 0; round < 200; ++round)
    {
        std::optional<fiber> handed_over;
        weft::manual_reset_event handed;
        std::thread other([&] {
            handed.wait();
            if (!handed_over->join_for(std::chrono::microseconds(random.up_to(20))))
            {
                handed_over->detach();
            }
        });
        weft::run([&] {
            handed_over.emplace([&ended] {
                this_fiber::yield();
                ++ended;
            });
            handed.set();
            std::this_thread::yield();
        });
        other.join();
    }
    BOOST_TEST(ended.load() == 200);
}

BOOST_AUTO_TEST_SUITE_END()
