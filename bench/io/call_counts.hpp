// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_IO_CALL_COUNTS_HPP
#define WEFT_BENCH_IO_CALL_COUNTS_HPP

#include <atomic>
#include <cstdint>

namespace weft::bench
{

/// How often a process has asked the kernel or the heap for something.
struct call_counts
{
    std::atomic<std::uint64_t> system_calls{0};
    std::atomic<std::uint64_t> allocations{0};
};

/// From now on, the calls of this process are counted there. Counts are exact for one thread.
///
/// The functions of the C library that make system calls are replaced, which costs a nanosecond each: a tracer would
/// slow the server so much that it always finds more requests waiting than it does otherwise. What the C library calls
/// from inside itself, such as a futex under contention, is not seen.
void count_calls_in(call_counts& where) noexcept;

} // namespace weft::bench

#endif
