// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_TIME_HPP
#define WEFT_FIBER_DETAIL_TIME_HPP

#include <weft/fiber/detail/timer_heap.hpp>

#include <chrono>
#include <type_traits>

namespace weft::detail
{

/// The time of the running fiber's scheduler (which may be a manual one), or of `std::chrono::steady_clock`.
time_point current_time() noexcept;

/// Now plus `timeout`; the latest possible time if that is out of range, so that a huge time-out means none.
template <class Rep, class Period>
time_point deadline_after(const std::chrono::duration<Rep, Period>& timeout)
{
    const auto now = current_time();
    if (timeout <= timeout.zero())
    {
        return now;
    }
    using seconds = std::chrono::duration<double>;
    if (seconds(timeout) >= seconds(time_point::max() - now))
    {
        return time_point::max();
    }
    return now + std::chrono::ceil<time_point::duration>(timeout);
}

/// A time of any clock in terms of the scheduler's; times that nanoseconds cannot express become the earliest or latest.
template <class Clock, class Duration>
time_point deadline_at(const std::chrono::time_point<Clock, Duration>& when)
{
    if constexpr (std::is_same_v<std::chrono::time_point<Clock, Duration>, time_point>)
    {
        return when;
    }
    else
    {
        if (when == std::chrono::time_point<Clock, Duration>::max())
        {
            return time_point::max();
        }
        using seconds = std::chrono::duration<double>;
        const auto here = current_time();
        seconds base(here.time_since_epoch());
        if constexpr (!std::is_same_v<Clock, std::chrono::steady_clock>)
        {
            base = Clock::now().time_since_epoch();
        }
        const auto distance = seconds(when.time_since_epoch()) - base;
        if (distance <= seconds::zero())
        {
            return here;
        }
        if (distance >= seconds(time_point::max() - here))
        {
            return time_point::max();
        }
        if constexpr (std::is_same_v<Clock, std::chrono::steady_clock>)
        {
            return std::chrono::time_point_cast<time_point::duration>(when);
        }
        else
        {
            return deadline_after(when - Clock::now());
        }
    }
}

} // namespace weft::detail

#endif
