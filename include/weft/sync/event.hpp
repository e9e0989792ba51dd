// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_EVENT_HPP
#define WEFT_SYNC_EVENT_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/select_core.hpp>

#include <atomic>
#include <chrono>
#include <utility>

namespace weft
{

/// A condition that stays until it is reset: everybody passes while it is set. Created reset.
///
/// What was done before `set` is visible to those whose `wait` returns because of it. A woken waiter may destroy the
/// event, also while that call to `set` has not returned.
///
/// Thread safety: any fiber, any thread, any handler; plain threads may wait too.
class manual_reset_event
{
public:
    manual_reset_event() noexcept = default;
    manual_reset_event(const manual_reset_event&) = delete;
    manual_reset_event& operator=(const manual_reset_event&) = delete;

    /// Wakes all that wait, in the order in which they came. Blocks: never.
    void set() noexcept
    {
        waiters_.notify_all([this] { set_.store(true, std::memory_order_release); });
    }

    /// Those woken by an earlier `set` are not affected. Blocks: never.
    void reset() noexcept
    {
        set_.store(false, std::memory_order_release);
    }

    bool is_set() const noexcept
    {
        return set_.load(std::memory_order_acquire);
    }

    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`; the event is not affected.
    /// Errors: `timed_out` when the inherited deadline comes first.
    void wait()
    {
        detail::throw_if_failed(wait_with(detail::time_point::max()));
    }

    /// As `wait`; false if the event was not set by then.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return finish(wait_with(detail::deadline_after(timeout)));
    }

    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return finish(wait_with(detail::deadline_at(when)));
    }

    /// A case of `select`.
    template <class Body>
    auto on_set(Body body)
    {
        return detail::source_case<manual_reset_event, Body>(*this, std::move(body));
    }

private:
    friend struct detail::select_access;

    detail::wait_list& select_list() noexcept
    {
        return waiters_.entries();
    }
    bool select_announce() const noexcept
    {
        return is_set();
    }
    bool select_take() noexcept
    {
        return is_set();
    }

    detail::wait_outcome wait_with(detail::time_point until)
    {
        return waiters_.wait_unless([this] { return is_set(); }, {detail::wait_kind::interruptible, until});
    }

    static bool finish(detail::wait_outcome outcome)
    {
        detail::throw_if_failed(outcome);
        return outcome == detail::wait_outcome::notified;
    }

    std::atomic<bool> set_{false};
    wait_queue waiters_;
};

/// A condition that lets one through: `set` wakes the one that has waited longest, or, when nobody waits, the next one
/// that comes. Setting it twice is as setting it once. Created reset.
///
/// Visibility, destruction and thread safety: as for `manual_reset_event`.
class auto_reset_event
{
public:
    auto_reset_event() noexcept = default;
    auto_reset_event(const auto_reset_event&) = delete;
    auto_reset_event& operator=(const auto_reset_event&) = delete;

    /// Blocks: never.
    void set() noexcept
    {
        waiters_.notify_one([this](bool somebody_goes) {
            if (!somebody_goes)
            {
                set_.store(true, std::memory_order_release);
            }
        });
    }

    /// Blocks: never.
    void reset() noexcept
    {
        set_.store(false, std::memory_order_release);
    }

    bool is_set() const noexcept
    {
        return set_.load(std::memory_order_acquire);
    }

    /// Resets the event if it is set, and says whether it was. Blocks: never; does not yield either.
    bool try_wait() noexcept
    {
        return set_.load(std::memory_order_relaxed) && set_.exchange(false, std::memory_order_acquire);
    }

    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`; no `set` is lost.
    /// Errors: `timed_out` when the inherited deadline comes first.
    void wait()
    {
        detail::throw_if_failed(wait_with(detail::time_point::max()));
    }

    /// As `wait`; false if the event was not set by then.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return finish(wait_with(detail::deadline_after(timeout)));
    }

    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return finish(wait_with(detail::deadline_at(when)));
    }

    /// A case of `select`, which resets the event if it wins.
    template <class Body>
    auto on_set(Body body)
    {
        return detail::source_case<auto_reset_event, Body>(*this, std::move(body));
    }

private:
    friend struct detail::select_access;

    detail::wait_list& select_list() noexcept
    {
        return waiters_.entries();
    }
    bool select_announce() const noexcept
    {
        return is_set();
    }
    bool select_take() noexcept
    {
        return try_wait();
    }

    detail::wait_outcome wait_with(detail::time_point until)
    {
        return waiters_.wait_unless([this] { return try_wait(); }, {detail::wait_kind::interruptible, until});
    }

    static bool finish(detail::wait_outcome outcome)
    {
        detail::throw_if_failed(outcome);
        return outcome == detail::wait_outcome::notified;
    }

    std::atomic<bool> set_{false};
    wait_queue waiters_;
};

} // namespace weft

#endif
