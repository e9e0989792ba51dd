// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_CONDITION_VARIABLE_HPP
#define WEFT_SYNC_CONDITION_VARIABLE_HPP

#include <weft/sync/detail/condition_core.hpp>
#include <weft/sync/mutex.hpp>

#include <mutex>
#include <type_traits>

namespace weft
{

namespace detail
{

template <class Lock>
using is_lock_of_mutex = std::is_same<Lock, std::unique_lock<mutex>>;

template <class>
using is_any_lock = std::true_type;

} // namespace detail

/// The condition variable for `std::unique_lock<weft::mutex>`, with the interface of `std::condition_variable`, the
/// stop-token forms of `std::condition_variable_any`, and no spurious wake-ups: a wait ends because of a notification,
/// its limit, a stop request or an inherited deadline. Notifications go to those who have waited longest.
///
/// However a wait ends, the lock is held again when the call returns or throws. It may be destroyed as soon as all who
/// wait have been notified, before they have run.
///
/// Thread safety: any fiber, any thread; plain threads may wait too.
class condition_variable : private detail::condition_core<detail::is_lock_of_mutex>
{
public:
    condition_variable() noexcept = default;

    /// Blocks: never.
    using condition_core::notify_all;
    using condition_core::notify_one;

    /// `wait(lock)` unlocks, waits, and locks again. With a predicate, until that is true. With a stop token too, also
    /// until a stop is requested; returns what the predicate says then.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: none, except that it throws `operation_aborted` while the scheduler is torn down. With a stop token:
    /// throws `operation_aborted`, unless that token's stop was requested too, as when it is the fiber's own.
    /// Errors: `timed_out` when the inherited deadline comes first; `operation_not_permitted` if the caller does not
    /// hold the lock.
    using condition_core::wait;

    /// As `wait`, for up to some time. Without a predicate, `std::cv_status`; with one, what that says in the end.
    using condition_core::wait_for;
    using condition_core::wait_until;
};

/// As `std::notify_all_at_thread_exit`: keeps the lock until the running fiber has ended, then notifies all and unlocks.
/// That comes after the fiber's locals and its `fiber_specific_ptr`s, and before whoever joins it goes on. Outside of
/// fibers: when the thread ends.
///
/// Who has seen what was said under the lock, and has waited for it, may destroy both.
///
/// Blocks: never. Errors: `operation_not_permitted` if the caller does not hold the lock; `std::bad_alloc`: the lock is
/// unlocked then.
void notify_all_at_fiber_exit(condition_variable& changed, std::unique_lock<mutex> lock);

/// A condition variable for any lock with `lock` and `unlock`: a `shared_lock`, a lock of one's own, a mutex itself. Of a
/// lock that blocks the thread, such as `std::mutex`, only the way back into it does.
///
/// What is said of `condition_variable` holds here too, except: that the caller holds the lock is not checked here, what
/// `lock.unlock()` throws leaves the call without a wait, and what `lock.lock()` throws leaves it without the lock.
class condition_variable_any : private detail::condition_core<detail::is_any_lock>
{
public:
    condition_variable_any() noexcept = default;

    using condition_core::notify_all;
    using condition_core::notify_one;
    using condition_core::wait;
    using condition_core::wait_for;
    using condition_core::wait_until;
};

} // namespace weft

#endif
