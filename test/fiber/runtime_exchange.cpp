// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/runtime.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::runtime;
using weft::work_exchange;

namespace
{

constexpr work_exchange kinds[] = {work_exchange::stealing, work_exchange::sharing};

weft::runtime_options two_workers(work_exchange how)
{
    return {.workers = 2, .exchange = how};
}

const weft::attributes migratable{.migratable = true};

/// Keeps the worker of the calling fiber busy until somebody else has done it.
void compute_until(const std::atomic<bool>& done)
{
    while (!done.load())
    {
    }
}

/// A fiber that another worker takes from the one that this is called on, which computes meanwhile.
template <class F>
fiber make_one_that_moves(F function)
{
    std::atomic<bool> runs{false};
    fiber one(migratable, [&runs, function] {
        runs.store(true);
        function();
    });
    fiber([] {}).detach(); // whoever makes a fiber offers what is ready
    compute_until(runs);
    return one;
}

} // namespace

BOOST_AUTO_TEST_SUITE(runtime_exchange)

BOOST_AUTO_TEST_CASE(P1_idle_workers_run_what_a_busy_one_has)
{
    for (const auto how : kinds)
    {
        runtime workers(two_workers(how));
        std::atomic<std::size_t> ran_on{99};
        workers.run([&] { make_one_that_moves([&] { ran_on.store(workers.this_worker()); }).join(); });
        BOOST_TEST(ran_on.load() == 1U);
        const auto all = workers.counters();
        BOOST_TEST(all.spawned == all.ended);
        BOOST_TEST(all.live == 0U);
    }
}

BOOST_AUTO_TEST_CASE(others_stay)
{
    for (const auto how : kinds)
    {
        runtime workers(two_workers(how));
        std::atomic<int> elsewhere{0};
        workers.run([&] {
            std::vector<fiber> all;
            for (int i = 0; i < 100; ++i)
            {
                all.emplace_back([&] {
                    this_fiber::yield();
                    elsewhere += workers.this_worker() == 0 ? 0 : 1;
                });
            }
            for (auto& one : all)
            {
                one.join();
            }
        });
        BOOST_TEST(elsewhere.load() == 0);
    }
}

BOOST_AUTO_TEST_CASE(many_that_move_all_end)
{
    for (const auto how : kinds)
    {
        runtime workers(two_workers(how));
        std::atomic<int> ended{0};
        for (int i = 0; i < 50; ++i)
        {
            workers.spawn(migratable, [&] {
                std::vector<fiber> children;
                for (int k = 0; k < 20; ++k)
                {
                    children.emplace_back(migratable, [&] {
                        this_fiber::yield();
                        ++ended;
                    });
                }
                for (auto& one : children)
                {
                    one.join();
                }
                ++ended;
            });
        }
        workers.join();
        BOOST_TEST(ended.load() == 50 * 21);
        const auto all = workers.counters();
        BOOST_TEST(all.spawned == 50U);
        BOOST_TEST(all.ended == 50U);
        BOOST_TEST(all.live == 0U);
    }
}

BOOST_AUTO_TEST_CASE(what_has_moved_is_cancelled_at_the_end)
{
    for (const auto how : kinds)
    {
        auto options = two_workers(how);
        options.grace = 0s;
        runtime workers(options);
        std::atomic<int> canceled{0};
        workers.run([&] {
            make_one_that_moves([&] {
                canceled += error_of([] { this_fiber::sleep_for(1h); }) == aborted ? 1 : 0;
            }).detach();
        });
        BOOST_TEST(canceled.load() == 1);
    }
}

BOOST_AUTO_TEST_CASE(failures_of_those_that_have_moved)
{
    for (const auto how : kinds)
    {
        runtime workers(two_workers(how));
        std::atomic<bool> runs{false};
        workers.spawn_on(0, [&] {
            workers.spawn_on(0, migratable, [&] {
                runs.store(true);
                throw std::runtime_error("moved");
            });
            fiber([] {}).detach();
            compute_until(runs);
        });
        BOOST_CHECK_EXCEPTION(workers.join(), std::runtime_error,
                              [](const auto& error) { return error.what() == std::string_view("moved"); });
        BOOST_TEST(workers.counters().failed == 1U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
