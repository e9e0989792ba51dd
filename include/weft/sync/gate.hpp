// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_GATE_HPP
#define WEFT_SYNC_GATE_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weft
{

/// Counts the users of something that will go away: they enter and leave; whoever takes it away closes the gate and
/// waits until all are gone.
///
///     gate::pass inside(connections);      // in each user; throws when the gate is closed
///     connections.close();                 // in the end: nobody enters any more
///     connections.wait();                  // and nobody is inside
///
/// What was done before `leave` is visible to those whose `wait` returns. These may destroy the gate, also while the
/// last call to `leave` has not returned.
///
/// Thread safety: any fiber, any thread, any handler; plain threads may wait too.
class gate
{
public:
    class pass;

    gate() noexcept = default;
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;

    /// False if the gate is closed. Each success owes one `leave`. Blocks: never.
    bool try_enter() noexcept
    {
        auto word = word_.load(std::memory_order_relaxed);
        while ((word & closed) == 0)
        {
            if (word_.compare_exchange_weak(word, word + one_user, std::memory_order_acquire,
                                            std::memory_order_relaxed))
            {
                return true;
            }
        }
        return false;
    }

    /// Blocks: never. Errors: `operation_not_permitted` if the gate is closed.
    void enter();

    /// Blocks: never. Errors: `operation_not_permitted` if nobody is inside.
    void leave();

    /// Nobody enters from now on; those inside stay. Blocks: never.
    void close() noexcept
    {
        word_.fetch_or(closed, std::memory_order_acq_rel);
    }

    /// Whether `close` was called. Blocks: never.
    bool is_closed() const noexcept
    {
        return (word_.load(std::memory_order_acquire) & closed) != 0;
    }

    /// How many are inside; may be over by the time the caller looks at it.
    std::size_t users() const noexcept
    {
        return static_cast<std::size_t>(word_.load(std::memory_order_acquire) / one_user);
    }

    /// Waits until nobody is inside. That lasts if the gate is closed.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`; those inside are not affected.
    /// Errors: `timed_out` when the inherited deadline comes first.
    void wait()
    {
        wait_before(detail::time_point::max());
    }

    /// As `wait`; false if somebody was inside until then.
    template <class Rep, class Period>
    bool wait_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return wait_before(detail::deadline_after(timeout));
    }

    template <class Clock, class Duration>
    bool wait_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        return wait_before(detail::deadline_at(when));
    }

private:
    static constexpr std::uint64_t closed = 1;
    static constexpr std::uint64_t has_waiters = 2; // set and cleared under the queue's lock
    static constexpr std::uint64_t one_user = 4;

    bool wait_before(detail::time_point limit);
    void leave_last() noexcept;

    std::atomic<std::uint64_t> word_{0};
    wait_queue waiters_;
};

/// Is inside of a gate from its construction to its destruction.
class gate::pass
{
public:
    /// Errors: `operation_not_permitted` if the gate is closed.
    explicit pass(gate& entered) : gate_(&entered)
    {
        entered.enter();
    }
    pass(pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    pass& operator=(pass other) noexcept
    {
        std::swap(gate_, other.gate_);
        return *this;
    }
    ~pass()
    {
        if (gate_ != nullptr)
        {
            gate_->leave();
        }
    }

private:
    gate* gate_;
};

} // namespace weft

#endif
