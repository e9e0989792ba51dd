// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_QUEUE_LOCK_HPP
#define WEFT_FIBER_DETAIL_QUEUE_LOCK_HPP

#include <atomic>

namespace weft::detail
{

/// A spin lock held for a few instructions, never over a switch and never over code of the user.
class queue_lock
{
public:
    void lock() noexcept
    {
        if (taken_.exchange(true, std::memory_order_acquire)) [[unlikely]]
        {
            wait();
        }
    }

    void unlock() noexcept
    {
        taken_.store(false, std::memory_order_release);
    }

    bool is_taken() const noexcept
    {
        return taken_.load(std::memory_order_relaxed);
    }

private:
    void wait() noexcept;

    std::atomic<bool> taken_{false};
};

/// The lock of the object at this address, one of a fixed table.
///
/// It stands outside of the object so that whoever is woken may destroy the object at once: the waking side does not
/// touch the object after its last claim, and a waiter that timed out may ask whether it is still queued without
/// knowing whether the queue still exists. The idea of locks beside the address is WebKit's parking lot.
queue_lock& lock_of(const void* address) noexcept;

} // namespace weft::detail

#endif
