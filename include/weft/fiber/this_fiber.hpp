// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_THIS_FIBER_HPP
#define WEFT_FIBER_THIS_FIBER_HPP

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/fiber.hpp>

#include <chrono>
#include <stop_token>
#include <string_view>
#include <thread>

/// The running fiber. Outside of fibers, what `std::this_thread` does, where that has the same name.
namespace weft::this_fiber
{

/// Lets the other ready fibers run first. With none, goes on at once, but lets other handlers of the executor run after
/// 256 yields or switches.
///
/// Cancellation: none, except that it throws `operation_aborted` while the scheduler is torn down.
WEFT_PATH_INLINE inline void yield()
{
    const auto core = detail::current_core();
    if (core == nullptr) [[unlikely]]
    {
        std::this_thread::yield();
        return;
    }
    auto& self = *core->current;
    if (core->ready.empty() && !core->worth_yielding())
    {
        return;
    }
    core->ready.push_back(self);
    core->leave(self);
    if (self.torn_down) [[unlikely]]
    {
        detail::throw_torn_down(self);
    }
}

/// Waits until `when`; one `yield` if that is over. Sleeps with the same end wake up in the order in which they began.
///
/// Blocks: the fiber. Cancellation: throws `operation_aborted`. Errors: `timed_out` when the inherited deadline comes
/// first.
void sleep_until(std::chrono::steady_clock::time_point when);

template <class Clock, class Duration>
void sleep_until(const std::chrono::time_point<Clock, Duration>& when)
{
    sleep_until(detail::deadline_at(when));
}

/// Waits for `timeout`; zero or less is one `yield`. Otherwise as `sleep_until`.
template <class Rep, class Period>
void sleep_for(const std::chrono::duration<Rep, Period>& timeout)
{
    if (timeout <= timeout.zero())
    {
        yield();
        return;
    }
    sleep_until(detail::deadline_after(timeout));
}

/// Empty outside of fibers.
fiber::id get_id() noexcept;

/// The name of the attributes; empty if there is none, and outside of fibers.
std::string_view name() noexcept;

/// What the algorithm `weft::priority` goes by; 0 outside of fibers.
int priority() noexcept;

/// Changes it; it counts when the fiber next becomes ready. Errors: `operation_not_permitted` outside of fibers.
void set_priority(int value);

/// Whether the caller is a fiber.
inline bool is_fiber() noexcept
{
    return detail::current_core() != nullptr;
}

/// Whether this fiber was asked to end: by `fiber::cancel`, its stop source, or the end of its scheduler.
bool cancellation_requested() noexcept;

/// The reason given with the first request for cancellation; empty if there was no request, and outside of fibers.
weft::cancel_reason cancel_reason() noexcept;

/// Throws `operation_aborted` if cancellation was requested and is not blocked: for long loops that never wait.
void cancellation_point();
/// Fills `error` instead, and clears it otherwise.
void cancellation_point(boost::system::error_code& error);

/// The token of the fiber's own stop source. Errors: `operation_not_permitted` outside of fibers, `std::bad_alloc`.
std::stop_token get_stop_token();

/// The time as sleeps and deadlines see it: that of a `manual_clock` if the scheduler has one.
inline std::chrono::steady_clock::time_point now() noexcept
{
    return detail::current_time();
}

} // namespace weft::this_fiber

#endif
