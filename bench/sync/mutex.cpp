// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/local_mutex.hpp>
#include <weft/sync/mutex.hpp>

#include "cases.hpp"

#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>

#include <algorithm>
#include <cstdint>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

namespace weft::bench
{
namespace
{

template <class Mutex>
sample lock_and_unlock(std::uint64_t operations)
{
    Mutex mutex;
    return time_loop(operations, [&] {
        mutex.lock();
        keep();
        mutex.unlock();
    });
}

template <class Mutex>
sample uncontended_weft(std::uint64_t operations)
{
    sample result{};
    run([&] { result = lock_and_unlock<Mutex>(operations); });
    return result;
}

// The C library leaves out the atomic operations while the process has one thread.
sample uncontended_thread(std::uint64_t operations)
{
    manual_reset_event done;
    std::thread other([&] { done.wait(); });
    const auto result = lock_and_unlock<std::mutex>(operations);
    done.set();
    other.join();
    return result;
}

// Each holder lets all others run into the lock, so that every unlock hands over.
template <class Fiber, class Mutex, class Yield>
sample contend(std::uint64_t operations, Yield yield)
{
    constexpr std::uint64_t rivals = 10;
    relay_watch watch(rivals, operations);
    Mutex mutex;
    std::vector<Fiber> all;
    for (std::uint64_t i = 0; i < rivals; ++i)
    {
        all.emplace_back([&] {
            watch.begin();
            for (auto left = watch.each(); left != 0; --left)
            {
                mutex.lock();
                yield();
                mutex.unlock();
            }
            watch.end();
        });
    }
    for (auto& each : all)
    {
        each.join();
    }
    return watch.result();
}

sample contended_weft(std::uint64_t operations)
{
    sample result{};
    run([&] { result = contend<fiber, mutex>(operations, [] { this_fiber::yield(); }); });
    return result;
}

sample contended_boost_fiber(std::uint64_t operations)
{
    return contend<boost::fibers::fiber, boost::fibers::mutex>(operations, [] { boost::this_fiber::yield(); });
}

// The holder yields its core in place of its thread.
sample contended_thread(std::uint64_t operations)
{
    constexpr std::uint64_t rivals = 10;
    const auto each = std::max<std::uint64_t>(operations / rivals, 1);
    std::mutex mutex;
    std::latch ready(rivals + 1);
    std::vector<std::thread> all;
    for (std::uint64_t i = 0; i < rivals; ++i)
    {
        all.emplace_back([&] {
            ready.arrive_and_wait();
            for (auto left = each; left != 0; --left)
            {
                const std::lock_guard guard(mutex);
                std::this_thread::yield();
            }
        });
    }
    ready.arrive_and_wait();
    const stopwatch watch;
    for (auto& one : all)
    {
        one.join();
    }
    return {watch.elapsed(), each * rivals};
}

} // namespace

void add_mutex_cases(registry& all)
{
    all.add("mutex/uncontended", "ns")
        .timed("weft", uncontended_weft<mutex>)
        .timed("boost.fiber", lock_and_unlock<boost::fibers::mutex>)
        .timed("std.thread", uncontended_thread)
        .at_most(0.30, "boost.fiber");
    all.add("mutex/contended", "ns")
        .timed("weft", contended_weft)
        .timed("boost.fiber", contended_boost_fiber)
        .timed("std.thread", contended_thread);
    all.add("local_mutex/uncontended", "ns")
        .timed("weft", uncontended_weft<local_mutex>)
        .timed("boost.fiber", lock_and_unlock<boost::fibers::mutex>)
        .timed("weft.mutex", uncontended_weft<mutex>);
}

} // namespace weft::bench
