// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_pool.hpp>
#include <weft/fiber/static_fiber_pool.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/mutex.hpp>

#include "support/allocation_counter.hpp"
#include "support/child_process.hpp"
#include "support/errors.hpp"
#include "support/memory_calls.hpp"
#include "support/sanitized.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::fiber_pool;

namespace
{

constexpr int done = 42;
constexpr std::size_t stack_bytes = 32 * 1024;
using small_pool = weft::static_fiber_pool<3, stack_bytes, 4>;

/// More posts than workers, with a lock, sleeps and delays in the jobs.
void keep_busy(fiber_pool& pool)
{
    weft::mutex mutex;
    int runs = 0;
    const auto job = [&mutex, &runs] {
        const std::lock_guard guard(mutex);
        this_fiber::sleep_for(1ms);
        ++runs;
    };
    pool.post_after(2ms, job);
    for (int i = 0; i < 8; ++i)
    {
        pool.post(job);
    }
    while (pool.try_post(job))
    {
        --runs;
    }
    while (pool.available() != pool.size() || runs < 9)
    {
        this_fiber::sleep_for(1ms);
    }
    require_in_child(runs == 9, "all jobs have run");
}

} // namespace

// W1, W5: a pool in memory of the caller's, and one whose memory runs out.
BOOST_FIXTURE_TEST_SUITE(fiber_pool_memory, virtual_time)

BOOST_AUTO_TEST_CASE(W1_jobs_run_on_the_callers_memory)
{
    constexpr auto bytes = fiber_pool::memory_size(2, stack_bytes, 0);
    const auto owner = std::make_unique<std::byte[]>(bytes);
    const std::span memory(owner.get(), bytes);
    run([&] {
        fiber_pool workers(memory, 2, {.worker = {.name = "lodger", .stack_size = stack_bytes}, .max_delayed = 0});
        const void* local = nullptr;
        workers.post([&] {
            const int here = 0;
            local = &here;
            note(this_fiber::name());
        });
        workers.join();
        BOOST_TEST((runs_sanitized || (local >= memory.data() && local < memory.data() + memory.size())));
    });
    BOOST_TEST(line() == "lodger");
}

BOOST_AUTO_TEST_CASE(memory_that_is_too_small)
{
    const auto bytes = fiber_pool::memory_size(2, stack_bytes, 3);
    const auto memory = std::make_unique<std::byte[]>(bytes);
    run([&] {
        const auto with = [&](std::size_t size, std::size_t delayed) {
            return error_of([&] {
                fiber_pool({memory.get(), size}, 2, {.worker = {.stack_size = stack_bytes}, .max_delayed = delayed});
            });
        };
        BOOST_TEST(with(bytes, 3) == boost::system::error_code());
        BOOST_TEST(with(bytes, 1000) == errc::invalid_argument);
        BOOST_TEST(with(bytes - 4096, 3) == errc::invalid_argument);
        BOOST_TEST(with(100, 3) == errc::invalid_argument);
        BOOST_TEST(error_of([] { fiber_pool(std::span<std::byte>(), 2); }) == errc::invalid_argument);
        BOOST_TEST(with(bytes, 3) == boost::system::error_code());
    });
}

BOOST_AUTO_TEST_CASE(W1_large_jobs_are_refused)
{
    const auto pool = std::make_unique<std::array<std::byte, sizeof(small_pool)>>();
    run([&] {
        auto& workers = *::new (static_cast<void*>(pool->data())) small_pool;
        std::array<std::byte, 64> fits{};
        std::array<std::byte, 65> does_not{};
        const auto use = [](auto what) { return [what] { static_cast<void>(what); }; };
        BOOST_TEST(workers.try_post(use(fits)));
        BOOST_TEST(error_of([&] { workers.try_post(use(does_not)); }) == errc::value_too_large);
        BOOST_TEST(error_of([&] { workers.post_after(1ms, use(does_not)); }) == errc::value_too_large);
        for (int i = 0; i < 4; ++i)
        {
            workers.post([] { this_fiber::sleep_for(1ms); });
        }
        BOOST_TEST(error_of([&] { workers.post(use(does_not)); }) == errc::value_too_large);
        this_fiber::sleep_for(10ms);
        BOOST_TEST(workers.available() == 3U);
        workers.~small_pool();
    });
}

BOOST_AUTO_TEST_CASE(W1_nothing_allocated_in_steady_state)
{
    run([] {
        fiber_pool pool(4);
        keep_busy(pool);
        const auto before = allocation_count();
        for (int i = 0; i < 100; ++i)
        {
            keep_busy(pool);
        }
        BOOST_TEST(allocation_count() == before);
    });
}

BOOST_AUTO_TEST_CASE(W1_V8_neither_malloc_nor_mmap_after_construction)
{
    if (skipped_if_sanitized("they take memory of their own"))
    {
        return;
    }
    alignas(small_pool) static std::array<std::byte, sizeof(small_pool)> memory;
    const auto child = run_in_child([this] {
        run([] {
            auto& pool = *::new (static_cast<void*>(memory.data())) small_pool;
            this_fiber::yield(); // the workers are there: the scheduler has reserved its timers
            const auto before = malloc_count();
            if (!forbid_memory_system_calls())
            {
                std::fputs("seccomp is not to be had\n", stderr);
            }
            for (int i = 0; i < 50; ++i)
            {
                keep_busy(pool);
            }
            pool.join();
            require_in_child(before != 0 && malloc_count() == before, "malloc was not called");
            pool.~small_pool();
            require_in_child(malloc_count() == before, "malloc was not called at the end");
            ::_exit(done);
        });
    });
    BOOST_TEST(child.exited_with(done), child.errors);
}

BOOST_AUTO_TEST_CASE(each_allocation_of_construction_fails_in_turn)
{
    if (!allocations_can_fail())
    {
        return;
    }
    int failed = 0;
    bool has_succeeded = false;
    for (std::uint64_t n = 1; !has_succeeded && n < 100; ++n)
    {
        run([&] {
            const auto left = outstanding_allocations();
            fail_allocation(n);
            try
            {
                fiber_pool pool(3, {.worker = {.name = "a name that no small string holds"}});
                has_succeeded = fail_allocation(0) != 0;
                if (has_succeeded)
                {
                    pool.post([&] { note("ran"); });
                    pool.join();
                }
            }
            catch (const std::bad_alloc&)
            {
                ++failed;
            }
            fail_allocation(0);
            // A scheduler keeps records for reuse.
            BOOST_TEST((failed == 0 || has_succeeded || outstanding_allocations() <= left + 4));
        });
    }
    BOOST_TEST(failed > 3);
    BOOST_TEST(has_succeeded);
    BOOST_TEST(line() == "ran");
}

BOOST_AUTO_TEST_CASE(each_allocation_of_a_post_fails_in_turn)
{
    if (!allocations_can_fail())
    {
        return;
    }
    run([this] {
        fiber_pool pool(1);
        this_fiber::yield();
        const std::array<char, 200> large{'x'};
        const auto job = [this, large] { note(std::string_view(large.data(), 1)); };
        fail_allocation(1);
        BOOST_CHECK_THROW(pool.try_post(job), std::bad_alloc);
        fail_allocation(1);
        BOOST_CHECK_THROW(pool.post_after(1ms, job), std::bad_alloc);
        this_fiber::yield();
        BOOST_TEST(pool.available() == 1U);
        pool.post([] { this_fiber::yield(); });
        this_fiber::yield();
        // The worker makes the copy, and the failure comes here.
        fail_allocation(1);
        BOOST_CHECK_THROW(pool.post(job), std::bad_alloc);
        fail_allocation(0);
        pool.post(job);
        pool.join();
    });
    BOOST_TEST(line() == "x");
}

BOOST_AUTO_TEST_CASE(too_many_workers_for_the_stacks)
{
    boost::asio::io_context io;
    weft::scheduler::of(io).use_stacks({.max_stacks = 4});
    weft::spawn(io, [this] {
        BOOST_TEST(error_of([] { fiber_pool(4); }) == errc::not_enough_memory);
        fiber_pool pool(3);
        pool.post([this] { note("ran"); });
        pool.join();
    });
    io.run();
    BOOST_TEST(line() == "ran");
}

BOOST_AUTO_TEST_CASE(a_worker_without_a_stack_is_a_failure)
{
    boost::asio::io_context io;
    weft::scheduler::of(io).use_stacks({.max_stacks = 2});
    std::optional<fiber_pool> pool;
    int failures = 0;
    pool.emplace(io, 4, weft::fiber_pool_options{.on_failure = [&failures](const std::exception_ptr&) { ++failures; }});
    for (int i = 0; i < 2; ++i)
    {
        BOOST_TEST(pool->try_post([this] { note("ran"); }));
    }
    io.poll();
    BOOST_TEST(failures == 2);
    BOOST_TEST(pool->available() == 2U);
    BOOST_TEST(line() == "ran ran");
    pool->stop();
    io.run();
}

BOOST_AUTO_TEST_SUITE_END()
