// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_BLOCKING_HPP
#define WEFT_TEST_IO_SUPPORT_BLOCKING_HPP

#include "io/support_io.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <latch>
#include <thread>

// Pools of threads, and functions that block these.
namespace weft::test
{

/// A function for a pool's thread that fibers can watch and let go.
struct held_call
{
    manual_reset_event begun;
    std::latch go{1};

    int operator()()
    {
        begun.set();
        go.wait();
        return 7;
    }
};

inline blocking_pool::options one_thread()
{
    blocking_pool::options bounds;
    bounds.max_threads = 1;
    return bounds;
}

/// Threads count what they have done after they have woken the fiber.
template <class Condition>
void wait_till(Condition condition)
{
    const auto limit = std::chrono::steady_clock::now() + deadlock_limit;
    while (!condition() && std::chrono::steady_clock::now() < limit)
    {
        std::this_thread::yield();
    }
    BOOST_TEST(condition());
}

} // namespace weft::test

#endif
