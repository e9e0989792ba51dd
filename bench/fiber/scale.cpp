// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/runtime.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/latch.hpp>

#include "cases.hpp"
#include "fiber/boost_stealing.hpp"
#include "fiber/spread.hpp"

#include <boost/fiber/fiber.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <thread>

// What a second thread brings: a fiber makes many others, which compute, and waits for them all. And how long it takes an
// idle thread to come for a fiber that a busy one has.
namespace weft::bench
{
namespace
{

/// Some 20 microseconds that nobody else's computing makes longer: in registers only.
void compute()
{
    std::uint64_t state = 88172645463325252U;
    for (int i = 0; i < 10'000; ++i)
    {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        asm volatile("" : "+r"(state)); // NOLINT(hicpp-no-assembler)
    }
}

sample fan_out_weft(std::size_t count, std::uint64_t operations)
{
    runtime workers{count};
    return workers.run([&] {
        spread(workers);
        latch all(static_cast<std::ptrdiff_t>(operations));
        const stopwatch watch;
        for (auto left = operations; left != 0; --left)
        {
            workers.spawn([&all] {
                compute();
                all.count_down();
            });
        }
        all.wait();
        return sample{watch.elapsed(), operations};
    });
}

sample fan_out_boost_fiber(std::uint64_t operations)
{
    namespace fibers = boost::fibers;
    have_a_second_thread_steal();
    fibers::mutex lock;
    fibers::condition_variable changed;
    auto left = operations;
    const stopwatch watch;
    for (auto i = operations; i != 0; --i)
    {
        fibers::fiber([&] {
            compute();
            const std::lock_guard held(lock);
            if (--left == 0)
            {
                changed.notify_all();
            }
        }).detach();
    }
    std::unique_lock held(lock);
    changed.wait(held, [&] { return left == 0; });
    return {watch.elapsed(), operations};
}

void spin_until(const std::atomic<bool>& done)
{
    while (!done.load(std::memory_order_acquire))
    {
    }
}

sample steal_weft(std::uint64_t operations)
{
    runtime workers({.workers = 2, .exchange = work_exchange::stealing});
    return workers.run([&] {
        spread(workers);
        const attributes migratable{.migratable = true};
        const stopwatch watch;
        for (auto left = operations; left != 0; --left)
        {
            std::atomic<bool> runs{false};
            fiber stolen(migratable, [&runs] { runs.store(true, std::memory_order_release); });
            fiber offers([] {}); // whoever makes a fiber offers what is ready
            spin_until(runs);
            stolen.join();
            offers.join();
        }
        return sample{watch.elapsed(), operations};
    });
}

/// What a runtime with nothing to do but to wait takes of all processors, for each second.
double idle_weft(effort how_much)
{
    runtime workers({.workers = 2, .exchange = work_exchange::stealing});
    workers.start();
    auto waiting = workers.make_fiber([] { this_fiber::sleep_for(std::chrono::hours(1)); });
    const std::chrono::seconds time(how_much == effort::quick ? 2 : 10);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const auto before = std::clock();
    std::this_thread::sleep_for(time);
    const auto used = std::clock() - before;
    waiting.cancel();
    waiting.join();
    return static_cast<double>(used) * 1e9 / CLOCKS_PER_SEC / static_cast<double>(time.count());
}

} // namespace

void add_scale_cases(registry& all)
{
    all.add("scale/2_threads", "ns")
        .timed("weft", [](std::uint64_t operations) { return fan_out_weft(2, operations); })
        .timed(
            "weft.one_worker", [](std::uint64_t operations) { return fan_out_weft(1, operations); },
            "with two workers, each gets every other fiber; with Boost.Fiber, the second thread steals")
        .timed("boost.fiber", fan_out_boost_fiber)
        .at_most(1 / 1.8, "weft.one_worker");
    // Not with Boost.Fiber: its second thread does not come for a fiber while the first one computes and has made no other.
    all.add("idle_cpu/runtime", "ns_cpu").measured("weft", idle_weft, "two workers, one fiber that sleeps");
    all.add("steal/latency", "ns").timed("weft", steal_weft, "the idle worker sleeps; its wake-up is most of it");
}

} // namespace weft::bench
