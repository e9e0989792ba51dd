// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_SHARED_MUTEX_HPP
#define WEFT_SYNC_SHARED_MUTEX_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/owner.hpp>

#include <atomic>
#include <chrono>

namespace weft
{

namespace detail
{

/// What `shared_mutex` and `shared_timed_mutex` have in common.
///
/// The word is zero when free; otherwise its owner, or `shared` and a count of owners above that bit; in bit 0 whether
/// somebody waits. Values with bit 0 change, and turn up, only under the queue's lock. A free one has no waiters.
class shared_mutex_core
{
public:
    shared_mutex_core() noexcept = default;
    shared_mutex_core(const shared_mutex_core&) = delete;
    shared_mutex_core& operator=(const shared_mutex_core&) = delete;

    void lock()
    {
        const auto self = current_owner_in_turn();
        if (!try_lock_as(self)) [[unlikely]]
        {
            throw_if_torn_down(wait(false, self, {wait_kind::plain, time_point::max()}));
        }
    }

    bool try_lock() noexcept
    {
        return try_lock_as(current_owner());
    }

    bool try_lock_until(time_point limit)
    {
        return in_time(wait(false, current_owner(), {wait_kind::interruptible, limit}));
    }

    void unlock()
    {
        auto self = current_owner();
        if (!word_.compare_exchange_strong(self, 0, std::memory_order_release, std::memory_order_relaxed)) [[unlikely]]
        {
            unlock_contended();
        }
    }

    void lock_shared()
    {
        const auto self = current_owner_in_turn();
        if (!try_lock_shared()) [[unlikely]]
        {
            throw_if_torn_down(wait(true, self, {wait_kind::plain, time_point::max()}));
        }
    }

    bool try_lock_shared() noexcept
    {
        auto word = word_.load(std::memory_order_relaxed);
        while (word == 0 || (word & (shared | has_waiters)) == shared)
        {
            if (word_.compare_exchange_weak(word, (word | shared) + one_more, std::memory_order_acquire,
                                            std::memory_order_relaxed))
            {
                return true;
            }
        }
        return false;
    }

    bool try_lock_shared_until(time_point limit)
    {
        return in_time(wait(true, current_owner(), {wait_kind::interruptible, limit}));
    }

    void unlock_shared()
    {
        auto word = word_.load(std::memory_order_relaxed);
        while ((word & (shared | has_waiters)) == shared)
        {
            if (word_.compare_exchange_weak(word, without_one(word), std::memory_order_release,
                                            std::memory_order_relaxed))
            {
                return;
            }
        }
        unlock_shared_contended();
    }

private:
    static constexpr owner_word has_waiters = 1;
    static constexpr owner_word shared = 2;
    static constexpr owner_word one_more = 4;

    /// Of a shared one, `has_waiters` clear.
    static owner_word without_one(owner_word word) noexcept
    {
        return word - one_more == shared ? 0 : word - one_more;
    }

    bool try_lock_as(owner_word self) noexcept
    {
        owner_word free = 0;
        return word_.compare_exchange_strong(free, self, std::memory_order_acquire, std::memory_order_relaxed);
    }

    wait_outcome wait(bool as_shared, owner_word self, const wait_limits& limits);
    bool take_or_announce(bool as_shared, owner_word self) noexcept;
    void go_without() noexcept;
    void unlock_contended();
    void unlock_shared_contended();
    void admit(owner_word holders, wait_list::entries& admitted) noexcept;

    std::atomic<owner_word> word_{0};
    wait_queue waiters_;
};

} // namespace detail

/// Held by one (exclusively) or by any number at once (shared). Strictly first come, first served between both kinds:
/// whoever comes while somebody waits waits too, and those who want to share and stand one behind the other are admitted
/// together. So neither kind starves the other.
///
/// Which fibers share it is not known: one that holds it in either way and locks it exclusively, or holds it shared and
/// locks it shared again behind a waiting writer, waits for itself. Only the exclusive owner's own mistakes are reported.
///
/// Whoever gets the lock may destroy the mutex after unlocking it, also while the call that handed over has not
/// returned.
///
/// Thread safety: any fiber, any thread.
class shared_mutex : private detail::shared_mutex_core
{
public:
    shared_mutex() noexcept = default;

    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: none, nor by an inherited deadline.
    /// Errors: `resource_deadlock_would_occur` if the caller holds it exclusively.
    using shared_mutex_core::lock;
    using shared_mutex_core::lock_shared;

    /// Blocks: never; does not yield either.
    using shared_mutex_core::try_lock;
    using shared_mutex_core::try_lock_shared;

    /// Blocks: never. Errors: `operation_not_permitted` if the caller does not hold it exclusively.
    using shared_mutex_core::unlock;

    /// Blocks: never. Errors: `operation_not_permitted` if nobody shares it; that the caller is one of those who do is
    /// not checked.
    using shared_mutex_core::unlock_shared;
};

/// A `shared_mutex` that one can wait for up to some time.
class shared_timed_mutex : private detail::shared_mutex_core
{
public:
    shared_timed_mutex() noexcept = default;

    using shared_mutex_core::lock;
    using shared_mutex_core::lock_shared;
    using shared_mutex_core::try_lock;
    using shared_mutex_core::try_lock_shared;
    using shared_mutex_core::unlock;
    using shared_mutex_core::unlock_shared;

    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`.
    /// Errors: `resource_deadlock_would_occur` if the caller holds it exclusively; `timed_out` when the inherited
    /// deadline comes before `timeout` is over.
    template <class Rep, class Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return shared_mutex_core::try_lock_until(detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    bool try_lock_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return shared_mutex_core::try_lock_until(detail::deadline_at(when));
    }

    /// As `try_lock_for`, in common with other readers.
    template <class Rep, class Period>
    bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return shared_mutex_core::try_lock_shared_until(detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    bool try_lock_shared_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return shared_mutex_core::try_lock_shared_until(detail::deadline_at(when));
    }
};

} // namespace weft

#endif
