// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_IO_URING_QUEUE_HPP
#define WEFT_LIB_IO_URING_QUEUE_HPP

#include <atomic>
#include <cstddef>
#include <linux/io_uring.h>
#include <utility>

namespace weft::detail
{

/// An io_uring instance by its three system calls. Not for several threads at a time.
class uring_queue
{
public:
    uring_queue() = default;
    uring_queue(const uring_queue&) = delete;
    uring_queue& operator=(const uring_queue&) = delete;
    ~uring_queue()
    {
        close();
    }

    /// False, with errno, if the system has none, refuses it, or has one that lacks what is needed here. Completions
    /// make `event` readable.
    bool open(unsigned entries, int event) noexcept;
    void close() noexcept;
    bool is_open() const noexcept
    {
        return descriptor_ >= 0;
    }

    /// Hands one request over. False if it was refused: then it has not begun.
    bool submit(const io_uring_sqe& request) noexcept;

    /// Blocks the thread until there is a completion to take.
    void wait() noexcept;

    /// Calls `take(user_data, result)` for each completion that there is.
    template <class Take>
    void take_all(Take take)
    {
        std::atomic_ref<unsigned> shared_head(*completion_head_);
        const std::atomic_ref<unsigned> shared_tail(*completion_tail_);
        auto head = shared_head.load(std::memory_order_relaxed);
        while (head != shared_tail.load(std::memory_order_acquire))
        {
            const auto one = completions_[head & completion_mask_];
            ++head;
            shared_head.store(head, std::memory_order_release);
            take(one.user_data, one.res);
        }
    }

private:
    bool map(const io_uring_params& layout) noexcept;

    int descriptor_ = -1;
    void* rings_ = nullptr;
    std::size_t rings_size_ = 0;
    io_uring_sqe* requests_ = nullptr;
    std::size_t requests_size_ = 0;
    unsigned* request_tail_ = nullptr;
    unsigned* request_places_ = nullptr;
    unsigned request_mask_ = 0;
    unsigned* completion_head_ = nullptr;
    unsigned* completion_tail_ = nullptr;
    unsigned completion_mask_ = 0;
    io_uring_cqe* completions_ = nullptr;
};

} // namespace weft::detail

#endif
