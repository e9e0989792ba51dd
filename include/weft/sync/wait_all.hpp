// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_WAIT_ALL_HPP
#define WEFT_SYNC_WAIT_ALL_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/sync/detail/basic_future.hpp>
#include <weft/sync/detail/future_sources.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <ranges>
#include <type_traits>

namespace weft
{

/// `future<T>` or `shared_future<T>`.
template <class F>
concept any_future = requires(const std::remove_cvref_t<F>& one) {
    {
        detail::future_access::state(one)
    } -> std::same_as<detail::future_state&>;
};

template <class R>
concept future_range = std::ranges::input_range<R> && any_future<std::ranges::range_reference_t<R>>;

// Functions that wait for several futures, given one by one or as a range. All futures keep their results. Common to all:
//
// Blocks: the fiber, or the thread outside of fibers.
// Cancellation: throws `operation_aborted`; the futures are not affected.
// Errors: `timed_out` when the inherited deadline comes first; `std::future_error` with `no_state`; `std::bad_alloc` for
// ranges of more than eight. Nothing is allocated for fewer.

/// Waits until all results are there; what they are, also an exception, is left to `get`.
template <any_future... Futures>
void wait_all(const Futures&... futures)
{
    (futures.wait(), ...);
}

template <future_range Range>
void wait_all(const Range& futures)
{
    for (const auto& one : futures)
    {
        one.wait();
    }
}

/// As `wait_all`, but ends with the first exception among the results and throws that, while others are still to come.
/// Of several at the same time, the one that stands first. Complexity: each wake-up visits the futures that are not ready.
template <any_future... Futures>
void wait_all_until_first_error(const Futures&... futures)
{
    detail::future_sources all;
    (all.add(detail::future_access::state(futures)), ...);
    all.wait_until_first_error();
}

template <future_range Range>
void wait_all_until_first_error(const Range& futures)
{
    detail::future_sources all;
    for (const auto& one : futures)
    {
        all.add(detail::future_access::state(one));
    }
    all.wait_until_first_error();
}

/// Waits until one result is there, and says whose: the position of the first one that is ready. A deferred function runs
/// if nothing else is ready at once.
/// Errors: also `invalid_argument` for an empty range.
template <any_future... Futures>
    requires(sizeof...(Futures) > 0)
std::size_t wait_first(const Futures&... futures)
{
    detail::future_sources all;
    (all.add(detail::future_access::state(futures)), ...);
    return *all.wait_for_first(detail::time_point::max());
}

template <future_range Range>
std::size_t wait_first(const Range& futures)
{
    detail::future_sources all;
    for (const auto& one : futures)
    {
        all.add(detail::future_access::state(one));
    }
    return *all.wait_for_first(detail::time_point::max());
}

/// As `wait_first`; nothing if no result was there by then. Deferred functions do not run.
template <class Clock, class Duration, any_future... Futures>
    requires(sizeof...(Futures) > 0)
std::optional<std::size_t> wait_first_until(const std::chrono::time_point<Clock, Duration>& when,
                                            const Futures&... futures)
{
    detail::future_sources all;
    (all.add(detail::future_access::state(futures)), ...);
    return all.wait_for_first(detail::deadline_at(when));
}

template <class Clock, class Duration, future_range Range>
std::optional<std::size_t> wait_first_until(const std::chrono::time_point<Clock, Duration>& when, const Range& futures)
{
    detail::future_sources all;
    for (const auto& one : futures)
    {
        all.add(detail::future_access::state(one));
    }
    return all.wait_for_first(detail::deadline_at(when));
}

template <class Rep, class Period, class... Futures>
std::optional<std::size_t> wait_first_for(const std::chrono::duration<Rep, Period>& timeout, const Futures&... futures)
{
    return wait_first_until(detail::deadline_after(timeout), futures...);
}

} // namespace weft

#endif
