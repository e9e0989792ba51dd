// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_BARRIER_HPP
#define WEFT_SYNC_BARRIER_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace weft
{

namespace detail
{

/// What barriers with every completion have in common. Everything is guarded by the queue's lock.
class barrier_core
{
public:
    using phase_number = std::uint64_t;

    /// Errors: `invalid_argument` if `expected` is negative.
    explicit barrier_core(std::ptrdiff_t expected);

    struct arrival
    {
        phase_number phase;
        bool was_last; ///< the caller owes `complete`
    };
    arrival arrive(std::ptrdiff_t n, bool drop);
    void complete() noexcept;
    /// False if the phase has not ended by then.
    bool wait(phase_number phase, time_point limit) const;

private:
    std::ptrdiff_t expected_; // in the next phase
    std::ptrdiff_t left_;     // in this one
    phase_number phase_ = 0;
    mutable wait_queue waiters_;
};

struct no_completion
{
    void operator()() const noexcept {}
};

} // namespace detail

/// As `std::barrier`: in each phase, waits until the expected number has arrived; then the last one that has come calls
/// the completion, and all go on. The completion may wait.
///
/// What was done before arriving is visible to the completion, and that to those who return from the wait. These may
/// destroy the barrier, also while the call that has ended the phase has not returned.
///
/// Thread safety: any fiber, any thread; plain threads may wait too.
template <class CompletionFunction = detail::no_completion>
class barrier
{
    static_assert(std::is_nothrow_invocable_v<CompletionFunction&>, "the completion of a barrier must be noexcept");

public:
    /// Names a phase.
    class arrival_token
    {
    public:
        arrival_token(arrival_token&&) noexcept = default;
        arrival_token& operator=(arrival_token&&) noexcept = default;

    private:
        friend class barrier;
        explicit arrival_token(detail::barrier_core::phase_number phase) noexcept : phase_(phase) {}

        detail::barrier_core::phase_number phase_;
    };

    /// Errors: `invalid_argument` if `expected` is negative.
    explicit barrier(std::ptrdiff_t expected, CompletionFunction completion = CompletionFunction())
        : core_(expected), completion_(std::move(completion))
    {
    }
    barrier(const barrier&) = delete;
    barrier& operator=(const barrier&) = delete;

    static constexpr std::ptrdiff_t max() noexcept
    {
        return std::numeric_limits<std::ptrdiff_t>::max();
    }

    /// Blocks: never, unless the completion does. Complexity: the last arrival is linear in the number of those waiting.
    /// Errors: `invalid_argument` if `n` is not positive or more than what this phase still expects; nothing has changed
    /// then.
    [[nodiscard]] arrival_token arrive(std::ptrdiff_t n = 1)
    {
        return arrival_token(arrive_as(n, false));
    }

    /// Waits until the phase of the token has ended.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`; the arrival stays counted.
    /// Errors: `timed_out` when the inherited deadline comes first.
    void wait(arrival_token&& arrival) const
    {
        core_.wait(arrival.phase_, detail::time_point::max());
    }

    /// As `wait`; false if the phase had not ended by then. The arrival stays counted and the token good for another
    /// wait: who no longer wants to be waited for in later phases says so with `arrive_and_drop`.
    template <class Rep, class Period>
    bool wait_for(const arrival_token& arrival, const std::chrono::duration<Rep, Period>& timeout) const
    {
        return core_.wait(arrival.phase_, detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    bool wait_until(const arrival_token& arrival, const std::chrono::time_point<Clock, Duration>& when) const
    {
        return core_.wait(arrival.phase_, detail::deadline_at(when));
    }

    /// Arrives, and waits for the end of the phase. Blocks: the fiber, or the thread outside of fibers.
    void arrive_and_wait()
    {
        wait(arrive());
    }

    /// Arrives, and is not expected in later phases. Blocks and errors: as for `arrive`.
    void arrive_and_drop()
    {
        arrive_as(1, true);
    }

private:
    detail::barrier_core::phase_number arrive_as(std::ptrdiff_t n, bool drop)
    {
        const auto mine = core_.arrive(n, drop);
        if (mine.was_last)
        {
            completion_();
            core_.complete();
        }
        return mine.phase;
    }

    detail::barrier_core core_;
    [[no_unique_address]] CompletionFunction completion_;
};

} // namespace weft

#endif
