// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/sync/blocking_queue.hpp>

#include "cases.hpp"
#include "sync/thread_queue.hpp"

#include <boost/fiber/buffered_channel.hpp>
#include <boost/fiber/fiber.hpp>

#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

namespace weft::bench
{
namespace
{

constexpr std::size_t capacity = 128;

// The same words for all: `put(queue, item)` and `take(queue)`.

using weft_queue = blocking_queue<std::uint64_t>;

void put(weft_queue& queue, std::uint64_t item)
{
    queue.push(item);
}
std::uint64_t take(weft_queue& queue)
{
    return *queue.pop();
}

using boost_queue = boost::fibers::buffered_channel<std::uint64_t>;

void put(boost_queue& queue, std::uint64_t item)
{
    queue.push(item);
}
std::uint64_t take(boost_queue& queue)
{
    return queue.value_pop();
}

/// One gives, the other gives back.
template <class Fiber, class Queue>
sample ping_pong(std::uint64_t operations)
{
    relay_watch watch(1, operations);
    Queue there(2);
    Queue back(2);
    Fiber other([&] {
        for (auto left = watch.each(); left != 0; --left)
        {
            put(back, take(there));
        }
    });
    Fiber first([&] {
        watch.begin();
        for (auto left = watch.each(); left != 0; --left)
        {
            put(there, left);
            take(back);
        }
        watch.end();
    });
    other.join();
    first.join();
    return watch.result();
}

/// `pairs` that put and as many that take, all on one queue.
template <class Fiber, class Queue>
sample stream(std::uint64_t operations, std::uint64_t pairs)
{
    relay_watch watch(pairs, operations);
    Queue queue(capacity);
    std::vector<Fiber> all;
    for (std::uint64_t i = 0; i < pairs; ++i)
    {
        all.emplace_back([&] {
            watch.begin();
            for (auto left = watch.each(); left != 0; --left)
            {
                put(queue, left);
            }
        });
        all.emplace_back([&] {
            for (auto left = watch.each(); left != 0; --left)
            {
                take(queue);
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

template <class Body>
sample in_weft(Body body)
{
    sample result{};
    run([&] { result = body(); });
    return result;
}

/// As `stream`, between threads of the system.
template <class Queue>
sample stream_between_threads(std::uint64_t operations, std::uint64_t pairs)
{
    const auto each = operations / pairs + 1;
    Queue queue(capacity);
    std::vector<std::thread> all;
    const stopwatch watch;
    for (std::uint64_t i = 0; i < pairs; ++i)
    {
        all.emplace_back([&] {
            for (auto left = each; left != 0; --left)
            {
                put(queue, left);
            }
        });
        all.emplace_back([&] {
            for (auto left = each; left != 0; --left)
            {
                take(queue);
            }
        });
    }
    for (auto& one : all)
    {
        one.join();
    }
    return {watch.elapsed(), each * pairs};
}

} // namespace

void add_queue_cases(registry& all)
{
    using boost_fiber = boost::fibers::fiber;
    all.add("queue/pingpong", "ns")
        .timed("weft", [](auto n) { return in_weft([n] { return ping_pong<fiber, weft_queue>(n); }); })
        .timed("boost.fiber", ping_pong<boost_fiber, boost_queue>)
        .at_most(0.15, "boost.fiber");
    all.add("queue/stream", "ns")
        .timed("weft", [](auto n) { return in_weft([n] { return stream<fiber, weft_queue>(n, 1); }); })
        .timed("boost.fiber", [](auto n) { return stream<boost_fiber, boost_queue>(n, 1); })
        .at_most(0.25, "boost.fiber");
    all.add("queue/mpmc", "ns")
        .timed("weft", [](auto n) { return in_weft([n] { return stream<fiber, weft_queue>(n, 4); }); })
        .timed("boost.fiber", [](auto n) { return stream<boost_fiber, boost_queue>(n, 4); });
    all.add("queue/spsc", "ns")
        .timed(
            "weft", [](auto n) { return stream_between_threads<weft_queue>(n, 1); }, "plain threads at both ends")
        .timed("std.thread", [](auto n) { return stream_between_threads<thread_queue>(n, 1); });
}

} // namespace weft::bench
