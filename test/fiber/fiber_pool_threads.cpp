// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_pool.hpp>
#include <weft/fiber/static_fiber_pool.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "support/recorder.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber_pool;

namespace
{

constexpr int posters = 4;
constexpr int each = 500;

struct threads_of
{
    explicit threads_of(boost::asio::io_context& io, int count) : work(io.get_executor())
    {
        for (int i = 0; i < count; ++i)
        {
            all.emplace_back([&io] { io.run(); });
        }
    }
    ~threads_of()
    {
        work.reset();
        join_all(all);
    }

    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work;
    std::vector<std::thread> all;
};

/// Posts from many threads in every way; the workers are fibers of one scheduler, so their count needs no lock.
template <class Pool>
void post_from_threads(Pool& pool)
{
    int runs = 0;
    std::atomic<int> posted{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < posters; ++i)
    {
        threads.emplace_back([&pool, &runs, &posted, i] {
            const auto job = [&runs] {
                const auto seen = runs;
                if (seen % 3 == 0)
                {
                    this_fiber::yield();
                }
                ++runs;
            };
            for (int n = 0; n < each; ++n)
            {
                switch ((n + i) % 4)
                {
                case 0:
                    pool.post(job);
                    break;
                case 1:
                    while (!pool.try_post(job))
                    {
                        std::this_thread::yield();
                    }
                    break;
                case 2:
                    while (!pool.post_for(1ms, job))
                    {
                    }
                    break;
                default:
                    pool.post_after(1us, job);
                }
                posted.fetch_add(1, std::memory_order_relaxed);
            }
        });
    }
    join_all(threads);
    pool.join();
    BOOST_TEST(posted == posters * each);
    BOOST_TEST(runs == posters * each);
}

} // namespace

BOOST_AUTO_TEST_SUITE(fiber_pool_threads)

BOOST_AUTO_TEST_CASE(V8_posted_to_from_threads)
{
    boost::asio::io_context io;
    fiber_pool pool(io, 3, {.max_delayed = posters * each});
    const threads_of driving(io, 1);
    post_from_threads(pool);
}

BOOST_AUTO_TEST_CASE(V8_several_threads_in_one_run)
{
    boost::asio::io_context io;
    fiber_pool pool(io, 3, {.max_delayed = posters * each});
    const threads_of driving(io, 3);
    post_from_threads(pool);
}

BOOST_AUTO_TEST_CASE(W1_a_pool_in_memory_of_the_callers)
{
    using small_pool = weft::static_fiber_pool<3, 64 * 1024, posters * each>;
    for (int round = 0; round < 3; ++round)
    {
        boost::asio::io_context io;
        const threads_of driving(io, 2);
        const auto pool = std::make_unique<small_pool>(io);
        post_from_threads(*pool);
    }
}

BOOST_AUTO_TEST_CASE(on_a_thread_pool)
{
    boost::asio::thread_pool threads(2);
    {
        fiber_pool pool(weft::solo(threads.get_executor()), 2, {.max_delayed = posters * each});
        post_from_threads(pool);
    }
    threads.join();
}

// Made, used and destroyed by a thread that is no fiber's, again and again, in the middle of everything.
BOOST_AUTO_TEST_CASE(stopped_by_another_thread_while_jobs_run)
{
    for (int round = 0; round < 100; ++round)
    {
        boost::asio::io_context io;
        const threads_of driving(io, 2);
        std::atomic<int> begun{0};
        std::atomic<int> ended{0};
        {
            const auto pool = std::make_unique<weft::static_fiber_pool<2, 64 * 1024, 1>>(io);
            std::thread poster([&] {
                try
                {
                    for (;;)
                    {
                        pool->post([&] {
                            ++begun;
                            const auto result = error_of([] { this_fiber::sleep_for(20us); });
                            ended += result == aborted || !result ? 1 : 0;
                        });
                    }
                }
                catch (const boost::system::system_error&)
                {
                }
            });
            while (begun < round % 10)
            {
                std::this_thread::yield();
            }
            pool->stop();
            poster.join();
        }
        BOOST_TEST(begun == ended);
    }
}

BOOST_AUTO_TEST_CASE(woken_by_handlers)
{
    boost::asio::io_context io;
    recorder what;
    std::optional<fiber_pool> pool;
    pool.emplace(io, 1);
    boost::asio::post(io, [&] {
        what.note("handler");
        BOOST_TEST(pool->try_post([&what] { what.note("job"); }));
        BOOST_TEST(!pool->try_post([&what] { what.note("never"); }));
        pool->post_after(0s, [&] {
            what.note("delayed");
            pool->stop();
        });
        what.note("posted");
    });
    io.run();
    BOOST_TEST(what.line() == "handler posted job delayed");
    BOOST_TEST(!pool->try_post([] {}));
}

BOOST_AUTO_TEST_CASE(outlives_its_execution_context)
{
    recorder what;
    std::optional<fiber_pool> pool;
    {
        boost::asio::io_context io;
        pool.emplace(io, 3);
        BOOST_TEST(pool->try_post([&what] {
            const witness unwound(what, "running");
            this_fiber::sleep_for(1h);
        }));
        io.poll();
        BOOST_TEST(pool->try_post([held = std::make_shared<witness>(what, "accepted")] {}));
        pool->post_after(1h, [held = std::make_shared<witness>(what, "delayed")] {});
    }
    BOOST_TEST(error_of([&] { pool->post([] {}); }) == aborted);
    BOOST_TEST(error_of([&] { pool->post_after(1s, [] {}); }) == aborted);
    pool->join();
    pool.reset();
    what.note("gone");
    BOOST_TEST(what.line().find("~running") != std::string::npos, what.line());
    BOOST_TEST(what.line().find("~accepted") != std::string::npos, what.line());
    BOOST_TEST(what.line().find("~delayed") != std::string::npos, what.line());
    BOOST_TEST(what.line().ends_with("gone"), what.line());
}

BOOST_AUTO_TEST_CASE(never_run_at_all)
{
    recorder what;
    std::optional<fiber_pool> pool;
    {
        boost::asio::io_context io;
        pool.emplace(io, 2);
        BOOST_TEST(pool->try_post([&what, held = std::make_shared<witness>(what, "job")] { what.note("never"); }));
    }
    BOOST_TEST(!pool->try_post([] {}));
    pool.reset();
    BOOST_TEST(what.line() == "~job");
}

BOOST_AUTO_TEST_SUITE_END()
