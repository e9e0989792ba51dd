// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_SLICE_TICKER_HPP
#define WEFT_LIB_FIBER_SLICE_TICKER_HPP

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace weft::detail
{

class scheduler_core;

/// A thread that ends the slices of one scheduler. It sleeps while no round runs.
class slice_ticker
{
public:
    /// Errors: `std::system_error`.
    slice_ticker(scheduler_core& core, std::chrono::nanoseconds length);
    slice_ticker(const slice_ticker&) = delete;
    slice_ticker& operator=(const slice_ticker&) = delete;
    ~slice_ticker();

    /// False in a process that was forked: the thread has stayed behind.
    bool has_thread() const noexcept;

    /// By the owner of the round, when its beat has become odd.
    void round_begins() noexcept
    {
        if (asleep_.exchange(false, std::memory_order_acq_rel)) [[unlikely]]
        {
            wake();
        }
    }

private:
    void tick() noexcept;
    void wake() noexcept;

    scheduler_core& core_;
    const std::chrono::nanoseconds length_;
    // Both sides exchange it: either the ticker sees the new beat, or the round sees that the ticker sleeps.
    std::atomic<bool> asleep_{false};
    std::mutex mutex_;
    std::condition_variable changed_;
    bool woken_ = false; // guarded by mutex_
    bool ended_ = false; // guarded by mutex_
    const int process_;
    std::thread thread_;
};

} // namespace weft::detail

#endif
