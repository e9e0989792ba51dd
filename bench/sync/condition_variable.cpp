// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/mutex.hpp>

#include "cases.hpp"
#include "harness/isolation.hpp"

#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/mutex.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace weft::bench
{
namespace
{

// Two that take turns.
template <class Mutex, class Condition>
class game
{
public:
    void play(bool mine)
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this, mine] { return turn_ == mine; });
        turn_ = !mine;
        changed_.notify_one();
    }

private:
    Mutex mutex_;
    Condition changed_;
    bool turn_ = false;
};

// An operation is a turn of both. On one thread.
template <class Fiber, class Mutex, class Condition>
sample take_turns(std::uint64_t operations)
{
    game<Mutex, Condition> table;
    sample result{};
    const auto other_side = [&] {
        for (auto left = operations + 1; left != 0; --left)
        {
            table.play(true);
        }
    };
    Fiber first([&] {
        table.play(false);
        result = time_loop(operations, [&] { table.play(false); });
    });
    Fiber second(other_side);
    first.join();
    second.join();
    return result;
}

sample turns_weft(std::uint64_t operations)
{
    sample result{};
    run([&] { result = take_turns<fiber, mutex, condition_variable>(operations); });
    return result;
}

sample turns_thread(std::uint64_t operations)
{
    game<std::mutex, std::condition_variable> table;
    std::thread other([&] {
        pin_to_core(core_role::peer);
        for (auto left = operations + 1; left != 0; --left)
        {
            table.play(true);
        }
    });
    table.play(false);
    const auto result = time_loop(operations, [&] { table.play(false); });
    other.join();
    return result;
}

} // namespace

void add_condition_variable_cases(registry& all)
{
    all.add("condition_variable/pingpong", "ns")
        .timed("weft", turns_weft)
        .timed("boost.fiber", take_turns<boost::fibers::fiber, boost::fibers::mutex, boost::fibers::condition_variable>)
        .timed("std.thread", turns_thread, "on two cores");
}

} // namespace weft::bench
