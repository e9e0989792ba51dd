// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_LATCH_HPP
#define WEFT_SYNC_LATCH_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <limits>

namespace weft
{

/// As `std::latch`: counts down to zero once and lets everybody pass from then on.
///
/// What was done before `count_down` is visible to those who see zero, and these may destroy the latch, also while the
/// call that has counted to zero has not returned.
///
/// Thread safety: any fiber, any thread, any handler; plain threads may wait too.
class latch
{
public:
    /// Errors: `invalid_argument` if `expected` is negative.
    explicit latch(std::ptrdiff_t expected);
    latch(const latch&) = delete;
    latch& operator=(const latch&) = delete;

    static constexpr std::ptrdiff_t max() noexcept
    {
        return std::numeric_limits<std::ptrdiff_t>::max();
    }

    /// Blocks: never. Errors: `invalid_argument` if `n` is negative or more than what is left; nothing has changed then.
    void count_down(std::ptrdiff_t n = 1);

    /// Whether zero has been reached. Blocks: never; does not yield either.
    bool try_wait() const noexcept
    {
        return left_.load(std::memory_order_acquire) == 0;
    }

    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`; the latch is not affected.
    /// Errors: `timed_out` when the inherited deadline comes first.
    void wait() const
    {
        wait_before(detail::time_point::max());
    }

    /// As `wait`; false if zero was not reached by then.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period>& timeout) const
    {
        return wait_before(detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration>& when) const
    {
        return wait_before(detail::deadline_at(when));
    }

    /// `count_down(n)`, then `wait()`, whose errors leave the count as it is.
    void arrive_and_wait(std::ptrdiff_t n = 1)
    {
        count_down(n);
        wait();
    }

private:
    bool wait_before(detail::time_point limit) const;

    std::atomic<std::ptrdiff_t> left_; // becomes zero under the queue's lock only
    mutable wait_queue waiters_;
};

} // namespace weft

#endif
