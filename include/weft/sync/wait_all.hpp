// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_WAIT_ALL_HPP
#define WEFT_SYNC_WAIT_ALL_HPP

#include <weft/sync/detail/future_sources.hpp>

namespace weft
{

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

} // namespace weft

#endif
