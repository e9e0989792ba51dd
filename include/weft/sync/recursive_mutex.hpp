// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_RECURSIVE_MUTEX_HPP
#define WEFT_SYNC_RECURSIVE_MUTEX_HPP

#include <weft/sync/mutex.hpp>

#include <chrono>
#include <cstddef>

namespace weft
{

namespace detail
{

/// What `recursive_mutex` and `recursive_timed_mutex` have in common.
class recursive_mutex_core
{
public:
    recursive_mutex_core() noexcept = default;

    void lock()
    {
        const auto self = current_owner_in_turn();
        if (!relock(self))
        {
            core_.lock_as(self);
        }
    }

    bool lock(const std::stop_token& stop)
    {
        return relock(current_owner()) || core_.lock(stop);
    }

    bool try_lock() noexcept
    {
        const auto self = current_owner();
        return relock(self) || core_.try_lock_as(self);
    }

    bool try_lock_until(time_point limit)
    {
        return relock(current_owner()) || core_.try_lock_until(limit);
    }

    void unlock()
    {
        if (!core_.is_held_by_caller() || relocks_ == 0)
        {
            core_.unlock();
            return;
        }
        --relocks_;
    }

private:
    bool relock(owner_word self) noexcept
    {
        if (!core_.is_held_by(self))
        {
            return false;
        }
        ++relocks_;
        return true;
    }

    mutex_core core_;
    std::size_t relocks_ = 0; // guarded by core_
};

} // namespace detail

/// A `mutex` that its owner may lock again; it is free when it has been unlocked as often as it was locked. The owner
/// is the fiber, not the thread that runs it. Order, destruction and thread safety: as for `mutex`.
class recursive_mutex : private detail::recursive_mutex_core
{
public:
    recursive_mutex() noexcept = default;

    /// `lock()` waits for as long as it takes; `bool lock(const std::stop_token&)` returns false, without having locked,
    /// when a stop is requested first. The owner's own calls do not wait and always succeed.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: `lock()`: none, nor by an inherited deadline. With a stop token: as for `mutex`.
    /// Errors: with a stop token `timed_out` when the inherited deadline comes first.
    using recursive_mutex_core::lock;

    /// Blocks: never; does not yield either.
    using recursive_mutex_core::try_lock;

    /// Blocks: never. Errors: `operation_not_permitted` if the caller does not hold it; it stays as it is then.
    using recursive_mutex_core::unlock;
};

/// A `recursive_mutex` that one can wait for up to some time.
class recursive_timed_mutex : private detail::recursive_mutex_core
{
public:
    recursive_timed_mutex() noexcept = default;

    using recursive_mutex_core::lock;
    using recursive_mutex_core::try_lock;
    using recursive_mutex_core::unlock;

    /// The owner's own calls do not wait and always succeed.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`.
    /// Errors: `timed_out` when the inherited deadline comes before `timeout` is over.
    template <class Rep, class Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return recursive_mutex_core::try_lock_until(detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    bool try_lock_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return recursive_mutex_core::try_lock_until(detail::deadline_at(when));
    }
};

} // namespace weft

#endif
