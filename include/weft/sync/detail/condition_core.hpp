// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_CONDITION_CORE_HPP
#define WEFT_SYNC_DETAIL_CONDITION_CORE_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/stop_wake.hpp>
#include <weft/sync/mutex.hpp>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stop_token>

namespace weft::detail
{

/// Unlocks, waits, and locks again. What `unlock` throws leaves the call, with no wait; what `lock` throws leaves it too.
template <class Lock>
wait_outcome unlock_and_wait(wait_queue& waiters, Lock& lock, const wait_limits& limits, const std::stop_token* stop)
{
    bool unlocked = false;
    std::exception_ptr error;
    const auto unlock_and_sleep = [&](wait_entry& mine, auto sleep) {
        try
        {
            lock.unlock();
            unlocked = true;
        }
        catch (...)
        {
            error = std::current_exception();
            wake(mine.who, mine.ticket, wake_reason::canceled);
        }
        return stop != nullptr && unlocked ? sleep_unless_stopped(mine, *stop, sleep) : sleep();
    };
    const auto outcome = wait_around(waiters.entries(), [] { return false; }, limits, unlock_and_sleep);
    if (error)
    {
        std::rethrow_exception(error);
    }
    if (unlocked)
    {
        lock.lock();
    }
    return outcome;
}

/// As above for the one kind of lock whose state can be checked beforehand: throws `operation_not_permitted`.
wait_outcome unlock_and_wait(wait_queue& waiters, std::unique_lock<mutex>& lock, const wait_limits& limits,
                             const std::stop_token* stop);

/// The waits of a condition variable for locks that `Accepts<Lock>`.
template <template <class> class Accepts>
class condition_core
{
public:
    condition_core() noexcept = default;
    condition_core(const condition_core&) = delete;
    condition_core& operator=(const condition_core&) = delete;

    void notify_one() noexcept
    {
        waiters_.notify_one();
    }

    void notify_all() noexcept
    {
        waiters_.notify_all();
    }

    template <class Lock>
        requires(Accepts<Lock>::value)
    void wait(Lock& lock)
    {
        wait_before(lock, time_point::max());
    }

    template <class Lock, class Predicate>
        requires(Accepts<Lock>::value)
    void wait(Lock& lock, Predicate satisfied)
    {
        while (!satisfied())
        {
            wait(lock);
        }
    }

    template <class Lock, class Clock, class Duration>
        requires(Accepts<Lock>::value)
    std::cv_status wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& when)
    {
        return wait_before(lock, deadline_at(when));
    }

    template <class Lock, class Clock, class Duration, class Predicate>
        requires(Accepts<Lock>::value)
    bool wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& when, Predicate satisfied)
    {
        const auto limit = deadline_at(when);
        while (!satisfied())
        {
            if (wait_before(lock, limit) == std::cv_status::timeout)
            {
                return satisfied();
            }
        }
        return true;
    }

    template <class Lock, class Rep, class Period>
        requires(Accepts<Lock>::value)
    std::cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& timeout)
    {
        return wait_before(lock, deadline_after(timeout));
    }

    template <class Lock, class Rep, class Period, class Predicate>
        requires(Accepts<Lock>::value)
    bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& timeout, Predicate satisfied)
    {
        return wait_until(lock, deadline_after(timeout), std::move(satisfied));
    }

    template <class Lock, class Predicate>
        requires(Accepts<Lock>::value)
    bool wait(Lock& lock, std::stop_token stop, Predicate satisfied)
    {
        return wait_until(lock, std::move(stop), time_point::max(), std::move(satisfied));
    }

    template <class Lock, class Clock, class Duration, class Predicate>
        requires(Accepts<Lock>::value)
    bool wait_until(Lock& lock, std::stop_token stop, const std::chrono::time_point<Clock, Duration>& when,
                    Predicate satisfied)
    {
        const wait_limits limits{wait_kind::interruptible, deadline_at(when)};
        while (!satisfied())
        {
            if (stop.stop_requested())
            {
                return false;
            }
            const auto outcome = unlock_and_wait(waiters_, lock, limits, &stop);
            if (outcome != wait_outcome::canceled || !stop.stop_requested())
            {
                throw_if_failed(outcome);
            }
            if (outcome != wait_outcome::notified)
            {
                return satisfied();
            }
        }
        return true;
    }

    template <class Lock, class Rep, class Period, class Predicate>
        requires(Accepts<Lock>::value)
    bool wait_for(Lock& lock, std::stop_token stop, const std::chrono::duration<Rep, Period>& timeout,
                  Predicate satisfied)
    {
        return wait_until(lock, std::move(stop), deadline_after(timeout), std::move(satisfied));
    }

private:
    template <class Lock>
    std::cv_status wait_before(Lock& lock, time_point limit)
    {
        const auto outcome = unlock_and_wait(waiters_, lock, {wait_kind::patient, limit}, nullptr);
        throw_if_failed(outcome);
        return outcome == wait_outcome::timed_out ? std::cv_status::timeout : std::cv_status::no_timeout;
    }

    wait_queue waiters_;
};

} // namespace weft::detail

#endif
