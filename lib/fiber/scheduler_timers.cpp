// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/scheduler_core.hpp>

#include "scheduler_driver.hpp"

#include <algorithm>
#include <new>

namespace weft::detail
{

namespace
{

// How often a manual clock lets the executor run other handlers before it believes that nothing else will happen.
constexpr int idle_checks_before_jump = 128;

} // namespace

time_point scheduler_core::now() const noexcept
{
    return clock_ != nullptr ? clock_->now() : std::chrono::steady_clock::now();
}

void scheduler_core::use_clock(manual_clock* clock)
{
    if (clock == clock_)
    {
        return;
    }
    if (clock != nullptr)
    {
        clock->attach(*this);
    }
    if (clock_ != nullptr)
    {
        clock_->detach(*this);
    }
    clock_ = clock;
}

bool scheduler_core::start_timer(timer_node& timer, time_point limit) noexcept
{
    // Past limits are common (a deadline that is over), and must not cost a pass through the reactor. If somebody else
    // has just woken the fiber, its wake-up is on the way and is slept for.
    if (limit <= now() && timer.who.claim(timer.ticket, wake_reason::timed_out))
    {
        return false;
    }
    try
    {
        timers.insert(timer, limit);
        static_cast<fiber_record&>(timer.who).timer = &timer;
    }
    catch (const std::bad_alloc&)
    {
        // A wait without its limit could last forever; one that ends early is what its caller expects anyway.
        return !timer.who.claim(timer.ticket, wake_reason::timed_out);
    }
    return true;
}

void scheduler_core::stop_timer(timer_node& timer) noexcept
{
    timers.erase(timer);
    static_cast<fiber_record&>(timer.who).timer = nullptr;
}

void scheduler_core::fire_timers() noexcept
{
    armed_for_ = time_point::max();
    const auto time = now();
    while (const auto due = timers.pop_due(time))
    {
        static_cast<fiber_record&>(due->who).timer = nullptr;
        wake(due->who, due->ticket, wake_reason::timed_out);
    }
}

bool scheduler_core::arm_asio_timer() noexcept
{
    if (timers.empty())
    {
        // A timer that goes off for nothing is cheaper than a cancelled one, unless it keeps run() from returning.
        if (armed_for_ != time_point::max() && counters.live == 0)
        {
            driver_->disarm_timer();
            armed_for_ = time_point::max();
        }
        return true;
    }
    if (timers.earliest() < armed_for_)
    {
        try
        {
            driver_->arm_timer(*this, timers.earliest());
            armed_for_ = timers.earliest();
        }
        catch (const std::bad_alloc&)
        {
            return false;
        }
    }
    return true;
}

scheduler_core::idle_outcome scheduler_core::before_idle() noexcept
{
    if (clock_ == nullptr)
    {
        return arm_asio_timer() ? idle_outcome::idle : idle_outcome::ask_again;
    }
    const auto earliest = timers.empty() ? time_point::max() : timers.earliest();
    awaited_time_.store(earliest.time_since_epoch().count(), std::memory_order_release);
    if (earliest == time_point::max() || clock_->behaviour_ == manual_clock::when_idle::stand)
    {
        return idle_outcome::idle;
    }
    if (idle_checks_ < idle_checks_before_jump)
    {
        ++idle_checks_;
        return idle_outcome::ask_again;
    }
    if (!clock_->is_next(earliest, *this))
    {
        return idle_outcome::ask_again;
    }
    idle_checks_ = 0;
    clock_->jump_to(timers.earliest(), *this);
    fire_timers();
    return idle_outcome::found_work;
}

void scheduler_core::notice_time() noexcept
{
    if (current_core() == this)
    {
        fire_timers();
    }
    else if (!timer_tick_posted_.exchange(true, std::memory_order_acq_rel))
    {
        post(timer_tick_);
    }
}

void scheduler_core::run_timer_tick() noexcept
{
    if (inbox_.try_claim())
    {
        fire_timers();
        run_round();
    }
    else
    {
        notice_time();
    }
}

} // namespace weft::detail

namespace weft
{

manual_clock::~manual_clock()
{
    const std::lock_guard lock(mutex_);
    for (const auto core : attached_)
    {
        core->forget_clock();
    }
}

void manual_clock::advance(duration by)
{
    now_.fetch_add(by.count(), std::memory_order_acq_rel);
    const std::lock_guard lock(mutex_);
    for (const auto core : attached_)
    {
        core->notice_time();
    }
}

void manual_clock::attach(detail::scheduler_core& core)
{
    const std::lock_guard lock(mutex_);
    attached_.push_back(&core);
}

void manual_clock::detach(detail::scheduler_core& core) noexcept
{
    const std::lock_guard lock(mutex_);
    std::erase(attached_, &core);
}

bool manual_clock::is_next(time_point when, const detail::scheduler_core& caller) noexcept
{
    const std::lock_guard lock(mutex_);
    return std::none_of(attached_.begin(), attached_.end(), [&](const detail::scheduler_core* core) {
        return core != &caller && core->awaited_time() < when;
    });
}

void manual_clock::jump_to(time_point when, const detail::scheduler_core& caller) noexcept
{
    // Several schedulers may share the clock: it never goes back.
    auto present = now_.load(std::memory_order_acquire);
    const auto wanted = when.time_since_epoch().count();
    while (present < wanted && !now_.compare_exchange_weak(present, wanted, std::memory_order_acq_rel))
    {
    }
    const std::lock_guard lock(mutex_);
    for (const auto core : attached_)
    {
        if (core != &caller)
        {
            core->notice_time();
        }
    }
}

} // namespace weft
