// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_blocking.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <memory>
#include <optional>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::blocking_call;
using weft::blocking_pool;

BOOST_FIXTURE_TEST_SUITE(blocking_pools, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(a_full_queue_refuses)
{
    run_fibers([] {
        auto bounds = one_thread();
        bounds.queue_limit = 1;
        blocking_pool pool(bounds);
        held_call held;
        watched_fiber running([&] { pool.call(std::ref(held)); });
        held.begun.wait();
        watched_fiber queued([&] { pool.call([] {}); });
        this_fiber::yield();
        BOOST_TEST(error_of([&] { pool.call([] {}); }) == errc::no_buffer_space);
        const auto now = pool.statistics();
        BOOST_TEST(now.refused == 1U);
        BOOST_TEST(now.running == 1U);
        BOOST_TEST(now.queued == 1U);
        held.go.count_down();
        running.join();
        queued.join();
        wait_till([&] { return pool.statistics().done == 2; });
    });
}

BOOST_AUTO_TEST_CASE(grows_and_shrinks_between_its_bounds)
{
    run_fibers([] {
        blocking_pool::options bounds;
        bounds.min_threads = 1;
        bounds.max_threads = 3;
        bounds.idle_time = 1ms;
        blocking_pool pool(bounds);
        BOOST_TEST(pool.statistics().threads == 1U);
        std::vector<held_call> held(5);
        std::vector<watched_fiber> callers;
        for (auto& each : held)
        {
            callers.emplace_back([&] { pool.call(std::ref(each)); });
        }
        held[2].begun.wait();
        BOOST_TEST(pool.statistics().threads == 3U);
        BOOST_TEST(pool.statistics().queued == 2U);
        for (auto& each : held)
        {
            each.go.count_down();
        }
        for (auto& each : callers)
        {
            each.join();
        }
        wait_till([&] { return pool.statistics().threads == 1; });
        bounds.min_threads = 0;
        pool.set_options(bounds);
        pool.call([] {});
        wait_till([&] { return pool.statistics().threads == 0; });
        BOOST_TEST(pool.call([] { return 1; }) == 1);
    });
}

BOOST_AUTO_TEST_CASE(bounds_that_make_no_sense)
{
    blocking_pool::options bounds;
    bounds.max_threads = 0;
    BOOST_TEST(error_of([&] { blocking_pool{bounds}; }) == errc::invalid_argument);
    bounds.max_threads = 1;
    bounds.min_threads = 2;
    BOOST_TEST(error_of([&] { blocking_pool{bounds}; }) == errc::invalid_argument);
    BOOST_TEST(error_of([&] { blocking_pool::shared().set_options(bounds); }) == errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(threads_have_a_name_and_no_signals)
{
    run_fibers([] {
        blocking_pool::options bounds;
        bounds.name = "a name that is far too long";
        blocking_pool pool(bounds);
        pool.call([] {}); // the name is there after the first call at the latest
        const auto name = pool.call([] {
            char text[16] = {};
            ::pthread_getname_np(::pthread_self(), text, sizeof text);
            return std::string(text);
        });
        BOOST_TEST(name == "a name that is ");
        const auto blocks = pool.call([] {
            sigset_t mask;
            ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
            return std::pair(sigismember(&mask, SIGTERM), sigismember(&mask, SIGSEGV));
        });
        BOOST_TEST(blocks.first == 1);
        BOOST_TEST(blocks.second == 0);
        sigset_t own;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &own);
        BOOST_TEST(sigismember(&own, SIGTERM) == 0);
    });
}

BOOST_AUTO_TEST_CASE(the_pool_goes)
{
    run_fibers([] {
        std::optional<blocking_pool> pool(one_thread());
        held_call held;
        int result = 0;
        error_code left_by;
        watched_fiber running([&] { result = pool->call(std::ref(held)); });
        held.begun.wait();
        watched_fiber queued([&] { left_by = error_of([&] { pool->call([] {}); }); });
        this_fiber::yield();
        held.go.count_down();
        std::thread other([&] { pool.reset(); });
        running.join();
        queued.join();
        other.join();
        BOOST_TEST(result == 7);
        BOOST_TEST((!left_by || left_by == aborted)); // whichever comes first
    });
}

BOOST_AUTO_TEST_CASE(many_fibers_of_several_io_contexts)
{
    std::atomic<int> sum{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
    {
        threads.emplace_back([&sum] {
            weft::run([&sum] {
                weft::fiber_group all;
                for (int j = 0; j < 50; ++j)
                {
                    all.spawn([&sum, j] {
                        for (int k = 0; k < 10; ++k)
                        {
                            sum += blocking_call([j, k] { return j * k; });
                        }
                    });
                }
                all.join();
            });
        });
    }
    for (auto& each : threads)
    {
        each.join();
    }
    BOOST_TEST(sum == 3 * 45 * 49 * 25);
}

BOOST_AUTO_TEST_SUITE_END()
