// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_SEMAPHORE_HPP
#define WEFT_SYNC_SEMAPHORE_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/select_core.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <limits>
#include <utility>

namespace weft
{

namespace detail
{

/// What semaphores of every maximum have in common.
class semaphore_core
{
public:
    /// Errors: `invalid_argument` unless `desired` is in [0, `most`].
    semaphore_core(std::ptrdiff_t desired, std::ptrdiff_t most);
    semaphore_core(const semaphore_core&) = delete;
    semaphore_core& operator=(const semaphore_core&) = delete;

    void release(std::ptrdiff_t update, std::ptrdiff_t most);

    bool try_acquire() noexcept
    {
        auto count = count_.load(std::memory_order_relaxed);
        while (count > 0)
        {
            if (count_.compare_exchange_weak(count, count - 1, std::memory_order_acquire, std::memory_order_relaxed))
            {
                return true;
            }
        }
        return false;
    }

    bool acquire_until(time_point limit);

private:
    friend struct select_access;

    wait_list& select_list() noexcept
    {
        return waiters_.entries();
    }
    /// Under the queue's lock: true if there is something to take, else lets `release` know that somebody waits.
    bool select_announce() noexcept;
    bool select_take() noexcept
    {
        return try_acquire();
    }

    static constexpr std::ptrdiff_t has_waiters = -1;

    // The count, or `has_waiters`, which it becomes and ceases to be under the queue's lock only.
    std::atomic<std::ptrdiff_t> count_;
    wait_queue waiters_;
};

} // namespace detail

/// As `std::counting_semaphore`, with the count bounded by exactly `LeastMax`, and strictly first come, first served:
/// while somebody waits, a release goes to those who have waited longest, and nobody overtakes.
///
/// What was done before `release` is visible to those whose acquisition it allowed. Whoever acquires may destroy the
/// semaphore, also while that call to `release` has not returned.
///
/// Thread safety: any fiber, any thread, any handler; plain threads may wait too.
template <std::ptrdiff_t LeastMax = std::numeric_limits<std::ptrdiff_t>::max()>
class counting_semaphore
{
    static_assert(LeastMax >= 0);

public:
    /// Errors: `invalid_argument` unless `desired` is in [0, `max()`].
    explicit counting_semaphore(std::ptrdiff_t desired) : core_(desired, LeastMax) {}

    static constexpr std::ptrdiff_t max() noexcept
    {
        return LeastMax;
    }

    /// Adds `update` and lets as many waiters go. Blocks: never. Complexity: linear in the number of those.
    /// Errors: `invalid_argument` if `update` is negative, or the count would exceed `max()`; nothing has changed then.
    void release(std::ptrdiff_t update = 1)
    {
        core_.release(update, LeastMax);
    }

    /// Blocks: never; does not yield either.
    bool try_acquire() noexcept
    {
        return core_.try_acquire();
    }

    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`, also when the count is positive; nothing is taken.
    /// Errors: `timed_out` when the inherited deadline comes first.
    void acquire()
    {
        core_.acquire_until(detail::time_point::max());
    }

    /// As `acquire`; false if nothing could be taken by then.
    template <class Rep, class Period>
    bool try_acquire_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return core_.acquire_until(detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    bool try_acquire_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return core_.acquire_until(detail::deadline_at(when));
    }

    /// A case of `select`, which acquires one unit if it wins.
    template <class Body>
    auto on_acquire(Body body)
    {
        return detail::source_case<detail::semaphore_core, Body>(core_, std::move(body));
    }

private:
    friend struct detail::select_access;

    detail::wait_list& select_list() noexcept
    {
        return detail::select_access::list(core_);
    }
    bool select_announce() noexcept
    {
        return detail::select_access::announce(core_);
    }
    bool select_take() noexcept
    {
        return try_acquire();
    }

    detail::semaphore_core core_;
};

/// A semaphore of one.
using binary_semaphore = counting_semaphore<1>;

} // namespace weft

#endif
