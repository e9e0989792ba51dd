// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_SYNC_THREAD_QUEUE_HPP
#define WEFT_BENCH_SYNC_THREAD_QUEUE_HPP

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace weft::bench
{

/// What one writes with the standard library alone.
class thread_queue
{
public:
    explicit thread_queue(std::size_t capacity) : capacity_(capacity) {}

    friend void put(thread_queue& queue, std::uint64_t item)
    {
        std::unique_lock lock(queue.mutex_);
        queue.room_.wait(lock, [&queue] { return queue.items_.size() < queue.capacity_; });
        queue.items_.push_back(item);
        queue.filled_.notify_one();
    }

    friend std::uint64_t take(thread_queue& queue)
    {
        std::unique_lock lock(queue.mutex_);
        queue.filled_.wait(lock, [&queue] { return !queue.items_.empty(); });
        const auto item = queue.items_.front();
        queue.items_.pop_front();
        queue.room_.notify_one();
        return item;
    }

private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<std::uint64_t> items_;
};

} // namespace weft::bench

#endif
