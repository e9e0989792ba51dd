// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_MUTEX_HPP
#define WEFT_SYNC_MUTEX_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/owner.hpp>

#include <atomic>
#include <chrono>
#include <stop_token>

namespace weft
{

class mutex;

namespace detail
{

bool is_held_by_caller(const mutex& which) noexcept;

/// What the mutexes for one owner at a time have in common.
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
        lock_as(current_owner_in_turn());
    }

    bool lock(const std::stop_token& stop);

    bool try_lock() noexcept
    {
        return try_lock_as(current_owner());
    }

    bool try_lock_until(time_point limit);

    bool is_held_by_caller() const noexcept
    {
        return is_held_by(current_owner());
    }

    void unlock()
    {
        auto self = current_owner();
        if (!word_.compare_exchange_strong(self, 0, std::memory_order_release, std::memory_order_relaxed)) [[unlikely]]
        {
            unlock_contended();
        }
    }

    // ── for those who know who they are ──

    void lock_as(owner_word self)
    {
        if (!try_lock_as(self)) [[unlikely]]
        {
            lock_contended(self);
        }
    }

    bool try_lock_as(owner_word self) noexcept
    {
        owner_word free = 0;
        return word_.compare_exchange_strong(free, self, std::memory_order_acquire, std::memory_order_relaxed);
    }

    bool is_held_by(owner_word self) const noexcept
    {
        return (word_.load(std::memory_order_relaxed) & ~has_waiters) == self;
    }

private:
    static constexpr owner_word has_waiters = 1;

    void lock_contended(owner_word self);
    template <class Around>
    wait_outcome wait_for_hand_over(owner_word self, const wait_limits& limits, Around around);
    void unlock_contended();

    std::atomic<owner_word> word_{0};
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

    /// `lock()` waits for as long as it takes; `bool lock(const std::stop_token&)` returns false, without the lock, when
    /// a stop is requested first or has been before.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: `lock()`: none, nor by an inherited deadline. With a stop token: throws `operation_aborted`, unless
    /// that token's stop was requested too, as when it is the fiber's own.
    /// Errors: `resource_deadlock_would_occur` if the caller holds it already. With a stop token also `timed_out` when
    /// the inherited deadline comes first.
    using mutex_core::lock;

    /// Blocks: never; does not yield either.
    using mutex_core::try_lock;

    /// Blocks: never. Errors: `operation_not_permitted` if the caller does not hold it; it stays locked then.
    using mutex_core::unlock;

private:
    friend bool detail::is_held_by_caller(const mutex& which) noexcept;
};

inline bool detail::is_held_by_caller(const mutex& which) noexcept
{
    return which.mutex_core::is_held_by_caller();
}

/// A `mutex` that one can wait for up to some time.
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
