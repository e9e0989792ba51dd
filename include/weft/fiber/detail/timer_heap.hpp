// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_TIMER_HEAP_HPP
#define WEFT_FIBER_DETAIL_TIMER_HEAP_HPP

#include <weft/fiber/detail/waiter.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace weft::detail
{

using time_point = std::chrono::steady_clock::time_point;

/// A wait that ends at a time. Lives in the waiting frame.
struct timer_node
{
    static constexpr std::size_t not_queued = std::numeric_limits<std::size_t>::max();

    waiter& who;
    wait_ticket ticket;
    std::size_t position = not_queued;
};

/// A heap of four children a node: half the levels of a binary one, and the children share a cache line, because the
/// times stand in the array itself. Timers due at the same time leave it in the order in which they came.
class timer_heap
{
public:
    bool empty() const noexcept
    {
        return entries_.empty();
    }

    /// Not for an empty heap.
    time_point earliest() const noexcept
    {
        return entries_.front().when;
    }

    /// So many nodes can be queued at once without another allocation. Errors: `std::bad_alloc`.
    void reserve(std::size_t count);

    /// Errors: `std::bad_alloc`; the heap is then as before. Complexity: logarithmic, constant on average.
    void insert(timer_node& node, time_point when);

    /// Takes out a node that is queued. Complexity: logarithmic.
    void erase(timer_node& node) noexcept;

    /// Takes out the earliest node if it is due at `now`; null otherwise.
    timer_node* pop_due(time_point now) noexcept;

private:
    struct entry
    {
        time_point when;
        std::uint64_t sequence;
        timer_node* node;

        bool before(const entry& other) const noexcept
        {
            return when < other.when || (when == other.when && sequence < other.sequence);
        }
    };

    void place(std::size_t position, entry what) noexcept;
    void sift_up(std::size_t position, entry what) noexcept;
    void sift_down(std::size_t position, entry what) noexcept;

    std::vector<entry> entries_;
    std::uint64_t inserted_ = 0;
};

} // namespace weft::detail

#endif
