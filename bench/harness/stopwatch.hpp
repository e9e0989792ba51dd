// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_HARNESS_STOPWATCH_HPP
#define WEFT_BENCH_HARNESS_STOPWATCH_HPP

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>

namespace weft::bench
{

/// What a loop has done and how long that took, set-up not included.
struct sample
{
    std::chrono::nanoseconds elapsed;
    std::uint64_t operations;
};

class stopwatch
{
public:
    std::chrono::nanoseconds elapsed() const
    {
        return std::chrono::steady_clock::now() - start_;
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// What this thread has taken of it.
inline std::chrono::nanoseconds processor_time()
{
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

template <class Body>
sample time_loop(std::uint64_t operations, Body body)
{
    const stopwatch watch;
    for (std::uint64_t i = 0; i < operations; ++i)
    {
        body();
    }
    return {watch.elapsed(), operations};
}

/// The same for a body that does `batch` operations at a time, as often as it takes for that many. It is called once
/// beforehand: stacks and memory are there from then on, where they are kept.
template <class Body>
sample time_batches(std::uint64_t operations, std::uint64_t batch, Body body)
{
    body();
    auto done = time_loop((operations + batch - 1) / batch, body);
    done.operations *= batch;
    return done;
}

/// Times from the first of several fibers that begins to the last one that ends. One thread.
class relay_watch
{
public:
    relay_watch(std::uint64_t runners, std::uint64_t operations)
        : runners_(runners), each_(std::max<std::uint64_t>(operations / runners, 16)), running_(runners)
    {
    }

    /// How many operations each one does: enough for the first ones, which find their memory cold, to count little.
    std::uint64_t each() const
    {
        return each_;
    }

    void begin()
    {
        if (!begun_)
        {
            begun_ = true;
            start_ = std::chrono::steady_clock::now();
        }
    }

    void end()
    {
        if (--running_ == 0)
        {
            elapsed_ = std::chrono::steady_clock::now() - start_;
        }
    }

    sample result() const
    {
        return {elapsed_, each_ * runners_};
    }

private:
    const std::uint64_t runners_;
    const std::uint64_t each_;
    std::uint64_t running_;
    bool begun_ = false;
    std::chrono::steady_clock::time_point start_;
    std::chrono::nanoseconds elapsed_{};
};

/// Keeps a loop from being merged or moved.
inline void keep()
{
    asm volatile("" ::: "memory");
}

} // namespace weft::bench

#endif
