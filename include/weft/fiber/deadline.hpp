// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DEADLINE_HPP
#define WEFT_FIBER_DEADLINE_HPP

#include <weft/fiber/detail/time.hpp>

#include <chrono>

namespace weft
{

/// While one of these is in scope, every wait of this fiber, in this function and in all that it calls, ends by then,
/// with `timed_out`. Of several, the nearest wins. Locking a mutex and joining a `fiber` are not bounded, so that
/// clean-up code works after the time is over.
///
/// It is the time point at which it ends, that of an outer one if that is nearer, and can be given to whatever takes one:
/// `event.wait_until(limit)` returns false where `event.wait()` throws; `{.deadline = limit}` hands it to another fiber.
///
/// Errors: the constructors throw `operation_not_permitted` outside of fibers.
class deadline : public std::chrono::steady_clock::time_point
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    template <class Rep, class Period>
    explicit deadline(const std::chrono::duration<Rep, Period>& timeout) : deadline(detail::deadline_after(timeout))
    {
    }

    template <class Clock, class Duration>
    explicit deadline(const std::chrono::time_point<Clock, Duration>& when) : deadline(detail::deadline_at(when))
    {
    }

    explicit deadline(time_point when);

    ~deadline()
    {
        slot_ = former_;
    }

    deadline(const deadline&) = delete;
    deadline& operator=(const deadline&) = delete;

    /// Replaces the time of this scope; an outer one still bounds it.
    template <class Rep, class Period>
    void expires_after(const std::chrono::duration<Rep, Period>& timeout)
    {
        expires_at(detail::deadline_after(timeout));
    }

    /// Not while an inner scope is open.
    void expires_at(time_point when) noexcept
    {
        static_cast<time_point&>(*this) = when < former_ ? when : former_;
        slot_ = *this;
    }

    /// When the waits in this scope end.
    time_point when() const noexcept
    {
        return *this;
    }

    /// Whether that time has come.
    bool is_over() const noexcept
    {
        return *this <= detail::current_time();
    }

    /// The nearest deadline of the running fiber; `time_point::max()` if there is none.
    static time_point current() noexcept;

private:
    time_point& slot_;
    const time_point former_;
};

} // namespace weft

#endif
