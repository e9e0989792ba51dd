// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_CLOCK_HPP
#define WEFT_FIBER_CLOCK_HPP

#include <atomic>
#include <chrono>
#include <mutex>
#include <vector>

namespace weft
{

namespace detail
{
class scheduler_core;
}

/// A clock that stands still until told otherwise, for tests: with it, a scheduler's sleeps, time-outs and deadlines
/// take no real time and end in an exact order.
///
/// With `when_idle::jump`, the default, the clock goes forward by itself to the next time that a fiber waits for, once
/// no fiber is ready and no handler of the io_context is left to run. With `when_idle::stand` only `advance` moves it.
///
/// Hand it to `run_options::clock` or `scheduler::use_clock`. It must live longer than the scheduler's fibers. What
/// Asio itself times (an `asio::steady_timer`) is not affected.
///
/// Thread safety: any thread.
class manual_clock
{
public:
    using duration = std::chrono::steady_clock::duration;
    using time_point = std::chrono::steady_clock::time_point;

    /// What happens when nothing is left to do at the present time.
    enum class when_idle
    {
        jump,
        stand
    };

    explicit manual_clock(when_idle behaviour = when_idle::jump) noexcept : behaviour_(behaviour) {}
    ~manual_clock();

    manual_clock(const manual_clock&) = delete;
    manual_clock& operator=(const manual_clock&) = delete;

    /// Starts at one hour after the epoch of `std::chrono::steady_clock`.
    time_point now() const noexcept
    {
        return time_point{duration{now_.load(std::memory_order_acquire)}};
    }

    /// Moves the time forward and makes every fiber ready whose time has come, in the order of their times.
    ///
    /// Blocks: never; the fibers run when their scheduler does.
    void advance(duration by);

private:
    friend class detail::scheduler_core;

    void attach(detail::scheduler_core& core);
    void detach(detail::scheduler_core& core) noexcept;
    bool is_next(time_point when, const detail::scheduler_core& caller) noexcept;
    void jump_to(time_point when, const detail::scheduler_core& caller) noexcept;

    std::atomic<duration::rep> now_{duration{std::chrono::hours{1}}.count()};
    const when_idle behaviour_;
    std::mutex mutex_;
    std::vector<detail::scheduler_core*> attached_; // guarded by mutex_
};

} // namespace weft

#endif
