// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_WAIT_ANY_HPP
#define WEFT_SYNC_WAIT_ANY_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/sync/detail/future_sources.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace weft
{

/// Waits until one result is there, and says whose: the position of the first one that is ready. A deferred function runs
/// if nothing else is ready at once. All futures keep their results.
///
/// Blocks: the fiber, or the thread outside of fibers.
/// Cancellation: throws `operation_aborted` unless a result is there; the futures are not affected.
/// Errors: `timed_out` when the inherited deadline comes first; `std::future_error` with `no_state`; `invalid_argument` for
/// an empty range; `std::bad_alloc` for more than eight. Nothing is allocated for fewer.
template <any_future... Futures>
    requires(sizeof...(Futures) > 0)
std::size_t wait_any(const Futures&... futures)
{
    detail::future_sources all;
    (all.add(detail::future_access::state(futures)), ...);
    return *all.wait_for_first(detail::time_point::max());
}

template <future_range Range>
std::size_t wait_any(const Range& futures)
{
    detail::future_sources all;
    for (const auto& one : futures)
    {
        all.add(detail::future_access::state(one));
    }
    return *all.wait_for_first(detail::time_point::max());
}

/// As `wait_any`; nothing if no result was there by then. Deferred functions do not run.
template <class Clock, class Duration, any_future... Futures>
    requires(sizeof...(Futures) > 0)
std::optional<std::size_t> wait_any_until(const std::chrono::time_point<Clock, Duration>& when,
                                          const Futures&... futures)
{
    detail::future_sources all;
    (all.add(detail::future_access::state(futures)), ...);
    return all.wait_for_first(detail::deadline_at(when));
}

template <class Clock, class Duration, future_range Range>
std::optional<std::size_t> wait_any_until(const std::chrono::time_point<Clock, Duration>& when, const Range& futures)
{
    detail::future_sources all;
    for (const auto& one : futures)
    {
        all.add(detail::future_access::state(one));
    }
    return all.wait_for_first(detail::deadline_at(when));
}

template <class Rep, class Period, class... Futures>
    requires(sizeof...(Futures) > 0 &&
             ((any_future<Futures> && ...) || (sizeof...(Futures) == 1 && (future_range<Futures> && ...))))
std::optional<std::size_t> wait_any_for(const std::chrono::duration<Rep, Period>& timeout, const Futures&... futures)
{
    return wait_any_until(detail::deadline_after(timeout), futures...);
}

} // namespace weft

#endif
