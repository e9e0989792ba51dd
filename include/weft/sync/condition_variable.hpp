// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_CONDITION_VARIABLE_HPP
#define WEFT_SYNC_CONDITION_VARIABLE_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/mutex.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace weft
{

/// The condition variable for `weft::mutex`, with the interface of `std::condition_variable` and without spurious
/// wake-ups: a wait ends because of a notification, its limit, or an inherited deadline. Notifications go to those who
/// have waited longest.
///
/// However a wait ends, the lock is held again when the call returns or throws. It may be destroyed as soon as all who
/// wait have been notified, before they have run.
///
/// Thread safety: any fiber, any thread; plain threads may wait too.
class condition_variable
{
public:
    condition_variable() noexcept = default;
    condition_variable(const condition_variable&) = delete;
    condition_variable& operator=(const condition_variable&) = delete;

    /// Blocks: never.
    void notify_one() noexcept
    {
        waiters_.notify_one();
    }

    /// Blocks: never.
    void notify_all() noexcept
    {
        waiters_.notify_all();
    }

    /// Unlocks, waits, and locks again.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: none, except that it throws `operation_aborted` while the scheduler is torn down.
    /// Errors: `timed_out` when the inherited deadline comes first; `operation_not_permitted` if the caller does not
    /// hold the lock.
    void wait(std::unique_lock<mutex>& lock);

    template <class Predicate>
    void wait(std::unique_lock<mutex>& lock, Predicate satisfied)
    {
        while (!satisfied())
        {
            wait(lock);
        }
    }

    template <class Clock, class Duration>
    std::cv_status wait_until(std::unique_lock<mutex>& lock, const std::chrono::time_point<Clock, Duration>& when)
    {
        return wait_with(lock, detail::deadline_at(when));
    }

    template <class Clock, class Duration, class Predicate>
    bool wait_until(std::unique_lock<mutex>& lock, const std::chrono::time_point<Clock, Duration>& when,
                    Predicate satisfied)
    {
        const auto limit = detail::deadline_at(when);
        while (!satisfied())
        {
            if (wait_with(lock, limit) == std::cv_status::timeout)
            {
                return satisfied();
            }
        }
        return true;
    }

    template <class Rep, class Period>
    std::cv_status wait_for(std::unique_lock<mutex>& lock, const std::chrono::duration<Rep, Period>& timeout)
    {
        return wait_with(lock, detail::deadline_after(timeout));
    }

    template <class Rep, class Period, class Predicate>
    bool wait_for(std::unique_lock<mutex>& lock, const std::chrono::duration<Rep, Period>& timeout,
                  Predicate satisfied)
    {
        return wait_until(lock, detail::deadline_after(timeout), std::move(satisfied));
    }

private:
    std::cv_status wait_with(std::unique_lock<mutex>& lock, detail::time_point limit);

    wait_queue waiters_;
};

} // namespace weft

#endif
