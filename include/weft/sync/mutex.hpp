// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_MUTEX_HPP
#define WEFT_SYNC_MUTEX_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

namespace weft
{

namespace detail
{

/// Who holds a lock: the running fiber, or this thread outside of fibers. Never zero, the lowest bit clear.
std::uintptr_t thread_owner() noexcept;

inline std::uintptr_t current_owner() noexcept
{
    const auto core = current_core();
    return core != nullptr ? reinterpret_cast<std::uintptr_t>(core->current) : thread_owner();
}

/// What `mutex` and `timed_mutex` have in common.
///
/// The word holds the owner, zero when free, and in bit 0 whether somebody waits. It changes from and to values with
/// that bit only under the queue's lock; a free mutex has no waiters, because unlocking hands over.
class mutex_core
{
public:
    mutex_core() noexcept = default;
    mutex_core(const mutex_core&) = delete;
    mutex_core& operator=(const mutex_core&) = delete;

    void lock()
    {
        std::uintptr_t free = 0;
        const auto self = current_owner();
        if (!word_.compare_exchange_strong(free, self, std::memory_order_acquire, std::memory_order_relaxed))
            [[unlikely]]
        {
            lock_contended(self);
        }
    }

    bool try_lock() noexcept
    {
        std::uintptr_t free = 0;
        return word_.compare_exchange_strong(free, current_owner(), std::memory_order_acquire,
                                             std::memory_order_relaxed);
    }

    bool try_lock_until(time_point limit);

    bool is_held_by_caller() const noexcept
    {
        return (word_.load(std::memory_order_relaxed) & ~std::uintptr_t{1}) == current_owner();
    }

    void unlock()
    {
        auto self = current_owner();
        if (!word_.compare_exchange_strong(self, 0, std::memory_order_release, std::memory_order_relaxed)) [[unlikely]]
        {
            unlock_contended();
        }
    }

private:
    void lock_contended(std::uintptr_t self);
    wait_outcome wait_for_hand_over(std::uintptr_t self, const wait_limits& limits);
    void unlock_contended();

    std::atomic<std::uintptr_t> word_{0};
    wait_queue waiters_;
};

} // namespace detail

/// Mutual exclusion among fibers, also of several schedulers, and threads. Strictly first come, first served: unlocking
/// hands over to the one that has waited longest, and nobody overtakes. May be held over any wait.
///
/// Whoever gets the lock may destroy the mutex after unlocking it, also while the call to `unlock` that handed over has
/// not returned.
///
/// Thread safety: any fiber, any thread.
class mutex : private detail::mutex_core
{
public:
    mutex() noexcept = default;

    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: none, nor by an inherited deadline.
    /// Errors: `resource_deadlock_would_occur` if the caller holds it already.
    using mutex_core::lock;

    /// Blocks: never; does not yield either.
    using mutex_core::try_lock;

    /// Blocks: never. Errors: `operation_not_permitted` if the caller does not hold it; it stays locked then.
    using mutex_core::unlock;

private:
    friend class condition_variable;
};

/// A mutex whose `lock` can give up.
class timed_mutex : private detail::mutex_core
{
public:
    timed_mutex() noexcept = default;

    using mutex_core::lock;
    using mutex_core::try_lock;
    using mutex_core::unlock;

    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`.
    /// Errors: `resource_deadlock_would_occur` if the caller holds it already; `timed_out` when the inherited deadline
    /// comes before `timeout` is over.
    template <class Rep, class Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return mutex_core::try_lock_until(detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    bool try_lock_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return mutex_core::try_lock_until(detail::deadline_at(when));
    }
};

} // namespace weft

#endif
