// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/event.hpp>

#include "cases.hpp"

#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>
#include <boost/fiber/operations.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <unistd.h>
#include <vector>

namespace weft::bench
{
namespace
{

// With its guard, each one takes two of the 65,530 mappings that a process has by default.
constexpr std::size_t parked_fibers = 10'000;

double resident_bytes()
{
    std::ifstream statm("/proc/self/statm");
    double total = 0;
    double resident = 0;
    if (!(statm >> total >> resident))
    {
        throw std::runtime_error("cannot read /proc/self/statm");
    }
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// In a fiber. `park()` waits until `unpark()`.
template <class Fiber, class Park, class Unpark, class Yield>
double bytes_each(Park park, Unpark unpark, Yield yield)
{
    std::size_t parked = 0;
    const auto body = [&] {
        ++parked;
        park();
    };
    std::vector<Fiber> all;
    all.reserve(parked_fibers + 1);
    all.emplace_back(body); // what the first one brings is not each one's
    yield();

    const auto before = resident_bytes();
    for (std::size_t i = 0; i < parked_fibers; ++i)
    {
        all.emplace_back(body);
    }
    while (parked != parked_fibers + 1)
    {
        yield();
    }
    const auto after = resident_bytes();

    unpark();
    for (auto& each : all)
    {
        each.join();
    }
    return (after - before) / static_cast<double>(parked_fibers);
}

double parked_weft(effort)
{
    return run([] {
        manual_reset_event go;
        return bytes_each<fiber>([&] { go.wait(); }, [&] { go.set(); }, [] { this_fiber::yield(); });
    });
}

double parked_boost_fiber(effort)
{
    boost::fibers::mutex mutex;
    boost::fibers::condition_variable changed;
    bool go = false;
    return bytes_each<boost::fibers::fiber>(
        [&] {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return go; });
        },
        [&] {
            const std::lock_guard lock(mutex);
            go = true;
            changed.notify_all();
        },
        [] { boost::this_fiber::yield(); });
}

// ── a million at once ───────────────────────────────────────────────────────────────────────────────────────────────

struct crowd
{
    double nanoseconds = 0; // to create, run, park, wake and end one
    double bytes = 0;       // resident, while all are parked
    double mappings = 0;    // of the process, while all are parked
};

double count_mappings()
{
    std::ifstream maps("/proc/self/maps");
    return static_cast<double>(
        std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n'));
}

crowd park_crowd(effort how_much)
{
    const std::size_t count = how_much == effort::quick ? 100'000 : 1'000'000;
    const auto each = [count](double total) { return total / static_cast<double>(count); };
    crowd result;
    run([&] {
        std::vector<fiber> all;
        all.reserve(count);
        manual_reset_event go;
        const auto before = resident_bytes();
        const stopwatch making;
        for (std::size_t i = 0; i < count; ++i)
        {
            all.emplace_back([&go] { go.wait(); });
        }
        while (scheduler::current().counters().suspended != count)
        {
            this_fiber::yield();
        }
        std::chrono::duration<double, std::nano> elapsed = making.elapsed();
        result.bytes = each(resident_bytes() - before);
        result.mappings = count_mappings();

        const stopwatch ending;
        go.set();
        for (auto& one : all)
        {
            one.join();
        }
        elapsed += ending.elapsed();
        result.nanoseconds = each(elapsed.count());
    });
    return result;
}

measurement of_crowd(double crowd::* figure)
{
    return [figure](effort how_much) { return park_crowd(how_much).*figure; };
}

} // namespace

void add_memory_cases(registry& all)
{
    all.add("memory/parked_fiber", "bytes")
        .measured("weft", parked_weft, "resident pages; page tables are not among them")
        .measured("boost.fiber", parked_boost_fiber)
        .at_most(4400);
    // No rival: mprotect ends at 32,742 of them, and Boost's protected stacks go on without guards from there.
    all.add("memory/1M", "ns")
        .measured("weft", of_crowd(&crowd::nanoseconds),
                  "guarded fibers: created, run once, parked, woken and ended; 100,000 with "
                  "--quick");
    all.add("memory_bytes/1M", "bytes")
        .measured("weft", of_crowd(&crowd::bytes), "resident for each parked fiber, its record included");
    all.add("memory_mappings/1M", "count")
        .measured("weft", of_crowd(&crowd::mappings), "of the process, while all are parked");
}

} // namespace weft::bench
