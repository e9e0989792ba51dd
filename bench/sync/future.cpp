// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/sync/future.hpp>
#include <weft/sync/promise.hpp>

#include "cases.hpp"

#include <boost/fiber/fiber.hpp>
#include <boost/fiber/future.hpp>

#include <cstdint>
#include <future>
#include <thread>
#include <utility>

namespace weft::bench
{
namespace
{

/// Sends the promise of an answer and waits for that; with the answer comes the promise of the next request. Two shared
/// states a round trip.
template <template <class> class Promise, class Fiber>
sample round_trips(std::uint64_t operations)
{
    Promise<Promise<int>> request;
    Promise<Promise<int>> next; // written before the answer, read after it
    Fiber other([&next, asked = request.get_future(), left = operations + 1]() mutable {
        for (; left != 0; --left)
        {
            auto answer = asked.get();
            next = Promise<Promise<int>>();
            asked = next.get_future();
            answer.set_value(1);
        }
    });
    const auto round_trip = [&] {
        Promise<int> answer;
        auto answered = answer.get_future();
        request.set_value(std::move(answer));
        answered.get();
        request = std::move(next);
    };
    round_trip(); // both are there from now on
    const auto result = time_loop(operations, round_trip);
    other.join();
    return result;
}

sample round_trips_weft(std::uint64_t operations)
{
    sample result{};
    run([&] { result = round_trips<promise, fiber>(operations); });
    return result;
}

} // namespace

void add_future_cases(registry& all)
{
    all.add("future/roundtrip", "ns")
        .timed("weft", round_trips_weft)
        .timed("boost.fiber", round_trips<boost::fibers::promise, boost::fibers::fiber>)
        .timed("std.thread", round_trips<std::promise, std::thread>);
}

} // namespace weft::bench
