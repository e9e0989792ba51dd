// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/scheduler_core.hpp>

#include "preemption.hpp"
#include "scheduler_driver.hpp"
#include "slice_ticker.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <string>
#include <unistd.h>

// Time slices. What a fiber may do in one turn is counted where it costs next to nothing: a switch, and a call that could
// have waited, take from a budget of the round. A clock is not read; where a limit in time is asked for, a thread empties
// the budgets when it has come.

namespace weft::detail
{

namespace
{

constexpr int calls_per_switch = 16;

} // namespace

void scheduler_core::begin_slice() noexcept
{
    budget.store(turns_at_switches(slices_.switches), std::memory_order_relaxed);
    call_budget.store(slices_.switches * calls_per_switch, std::memory_order_relaxed);
    switches_before_ = counters.switches;
}

void scheduler_core::note_begin_of_round() noexcept
{
    if (watchers.load(std::memory_order_relaxed) != 0) [[unlikely]]
    {
        thread_of_round_.store(kernel_thread_number(), std::memory_order_relaxed);
    }
    beat_.store(beat_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    if (ticker_ != nullptr)
    {
        ticker_->round_begins();
    }
}

void scheduler_core::give_way() noexcept
{
    if (current == nullptr)
    {
        return; // between two fibers
    }
    auto& self = *current;
    const bool is_ticked = call_budget.load(std::memory_order_relaxed) <= ticked;
    const bool had_it_alone = counters.switches - switches_before_ <= 1;
    if (is_ticked && driver_->late == nullptr)
    {
        driver_->late = &self;
    }
    else if (is_ticked || had_it_alone)
    {
        ready.push_back(self);
    }
    else
    {
        ready.push_front(self); // the others have had their turns: only the round ends
    }
    budget.store(turns_at_switches(0), std::memory_order_relaxed);
    leave(self);
}

void scheduler_core::use_slices(const slice_options& options)
{
    constexpr int most = std::numeric_limits<int>::max() / calls_per_switch;
    if (options.switches <= 0 || options.switches > most || options.length < options.length.zero())
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::invalid_argument),
                                          "weft: a slice has from 1 to " + std::to_string(most) +
                                              " switches and no negative length");
    }
    if (options.length != slices_.length || (ticker_ != nullptr && !ticker_->has_thread()))
    {
        ticker_.reset(options.length.count() != 0 ? new slice_ticker(*this, options.length) : nullptr);
    }
    slices_ = options;
}

// ── the tick ────────────────────────────────────────────────────────────────────────────────────────────────────────

slice_ticker::slice_ticker(scheduler_core& core, std::chrono::nanoseconds length)
    : core_(core), length_(length), process_(::getpid()), thread_([this] { tick(); })
{
}

slice_ticker::~slice_ticker()
{
    {
        const std::lock_guard guard(mutex_);
        ended_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

bool slice_ticker::has_thread() const noexcept
{
    return process_ == ::getpid();
}

void end_ticker::operator()(slice_ticker* which) const noexcept
{
    if (which->has_thread())
    {
        delete which;
    }
    // Else the parent's thread waits for ever in this copy, which cannot be destroyed under it.
}

void slice_ticker::wake() noexcept
{
    if (!has_thread())
    {
        return;
    }
    {
        const std::lock_guard guard(mutex_);
        woken_ = true;
    }
    changed_.notify_one();
}

void slice_ticker::tick() noexcept
{
    const auto is_round = [](std::uint32_t beat) { return beat % 2 != 0; };
    auto before = core_.beat();
    std::unique_lock lock(mutex_);
    while (!ended_)
    {
        changed_.wait_for(lock, length_, [this] { return ended_; });
        const auto now = core_.beat();
        if (is_round(now) && now == before)
        {
            core_.end_slice();
        }
        before = now;
        if (!is_round(now))
        {
            asleep_.exchange(true, std::memory_order_acq_rel);
            if (!is_round(core_.beat()))
            {
                changed_.wait(lock, [this] { return ended_ || woken_; });
            }
            asleep_.exchange(false, std::memory_order_acq_rel);
            woken_ = false;
        }
    }
}

} // namespace weft::detail
