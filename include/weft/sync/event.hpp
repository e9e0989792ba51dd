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

namespace detail
{

/// What both events have in common. `Event::pass()` says whether one may pass, and takes what that takes.
template <class Event>
class basic_event
{
public:
    basic_event(const basic_event&) = delete;
    basic_event& operator=(const basic_event&) = delete;

    /// Those woken by an earlier `set` are not affected. Blocks: never.
    void reset() noexcept
    {
        set_.store(false, std::memory_order_release);
    }

    /// At this moment. Blocks: never.
    bool is_set() const noexcept
    {
        return set_.load(std::memory_order_acquire);
    }

    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`; the event is not affected, and no `set` is lost.
    /// Errors: `timed_out` when the inherited deadline comes first.
    void wait()
    {
        throw_if_failed(wait_with(time_point::max()));
    }

    /// As `wait`; false if the event was not set by then.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return in_time(wait_with(deadline_after(timeout)));
    }

    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return in_time(wait_with(deadline_at(when)));
    }

    /// A case of `select`; passes as `wait` does if it wins.
    template <class Body>
    auto on_set(Body body)
    {
        return source_case<Event, Body>(self(), std::move(body));
    }

protected:
    basic_event() noexcept = default;
    ~basic_event() = default;

    std::atomic<bool> set_{false};
    wait_queue waiters_;

private:
    friend struct select_access;

    Event& self() noexcept
    {
        return static_cast<Event&>(*this);
    }

    wait_list& select_list() noexcept
    {
        return waiters_.entries();
    }
    bool select_announce() const noexcept
    {
        return is_set();
    }
    bool select_take() noexcept
    {
        return self().pass();
    }

    wait_outcome wait_with(time_point until)
    {
        return waiters_.wait_unless([this] { return self().pass(); }, {wait_kind::interruptible, until});
    }
};

} // namespace detail

/// A condition that stays until it is reset: everybody passes while it is set. Created reset.
///
/// What was done before `set` is visible to those whose `wait` returns because of it. A woken waiter may destroy the
/// event, also while that call to `set` has not returned.
///
/// Waiting and `on_set`: see `detail::basic_event`.
///
/// Thread safety: any fiber, any thread, any handler; plain threads may wait too.
class manual_reset_event : public detail::basic_event<manual_reset_event>
{
public:
    manual_reset_event() noexcept = default;

    /// Wakes all that wait, in the order in which they came. Blocks: never.
    void set() noexcept
    {
        waiters_.notify_all([this] { set_.store(true, std::memory_order_release); });
    }

private:
    friend basic_event;

    bool pass() const noexcept
    {
        return is_set();
    }
};

/// A condition that lets one through: `set` wakes the one that has waited longest, or, when nobody waits, the next one
/// that comes. Setting it twice is as setting it once. Created reset.
///
/// Waiting, `on_set`, visibility, destruction and thread safety: as for `manual_reset_event`.
class auto_reset_event : public detail::basic_event<auto_reset_event>
{
public:
    auto_reset_event() noexcept = default;

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

    /// Resets the event if it is set, and says whether it was. Blocks: never; does not yield either.
    bool try_wait() noexcept
    {
        return set_.load(std::memory_order_relaxed) && set_.exchange(false, std::memory_order_acquire);
    }

private:
    friend basic_event;

    bool pass() noexcept
    {
        return try_wait();
    }
};

} // namespace weft

#endif
