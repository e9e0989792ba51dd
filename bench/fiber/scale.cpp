// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/runtime.hpp>
#include <weft/sync/latch.hpp>

#include "cases.hpp"
#include "harness/isolation.hpp"

#include <boost/fiber/algo/work_stealing.hpp>
#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

// What a second thread brings: a fiber makes many others, which compute, and waits for them all.
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
        for (std::size_t i = 0; i < count; ++i)
        {
            workers.make_fiber_on(i, [i] { pin_to_core(i == 0 ? core_role::measured : core_role::peer); }).join();
        }
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
    fibers::mutex lock;
    fibers::condition_variable_any changed;
    auto left = operations;
    bool is_over = false;
    std::thread other([&] {
        pin_to_core(core_role::peer);
        fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(2U);
        std::unique_lock held(lock);
        changed.wait(held, [&] { return is_over; });
    });
    sample result{};
    std::thread measured([&] { // its scheduler is that of this case only
        pin_to_core(core_role::measured);
        fibers::use_scheduling_algorithm<fibers::algo::work_stealing>(2U);
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
        result = {watch.elapsed(), operations};
        is_over = true;
        changed.notify_all();
    });
    measured.join();
    other.join();
    return result;
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
}

} // namespace weft::bench
