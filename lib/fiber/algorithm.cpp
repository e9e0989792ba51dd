// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/algorithm.hpp>
#include <weft/fiber/detail/observation.hpp>
#include <weft/fiber/detail/scheduler_core.hpp>

#include "algorithm_seat.hpp"
#include "report.hpp"
#include "scheduler_driver.hpp"
#include "stack_pool.hpp"
#include "team.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <typeinfo>
#include <utility>

namespace weft
{

std::string_view ready_fiber::name() const noexcept
{
    return detail::name_of(*record_);
}

// ── the algorithms ──────────────────────────────────────────────────────────────────────────────────────────────────

void priority::awakened(ready_fiber fiber) noexcept
{
    // All that wait grow older by the same: who became ready that much earlier stands where a higher priority would.
    ready_.push(*fiber.record(), turns_ - fiber.priority() * ageing_);
}

ready_fiber priority::pick_next() noexcept
{
    ++turns_;
    return ready_fiber(ready_.pop());
}

void earliest_deadline::awakened(ready_fiber fiber) noexcept
{
    ready_.push(*fiber.record(), fiber.deadline().time_since_epoch().count());
}

ready_fiber earliest_deadline::pick_next() noexcept
{
    return ready_fiber(ready_.pop());
}

namespace detail
{

void ranked_fibers::push(fiber_record& fiber, std::int64_t rank) noexcept
{
    try
    {
        entries_.push_back({rank, pushed_++, &fiber});
    }
    catch (const std::bad_alloc&)
    {
        unranked_.push_back(fiber);
        return;
    }
    std::push_heap(entries_.begin(), entries_.end());
}

fiber_record* ranked_fibers::pop() noexcept
{
    if (const auto first = unranked_.pop_front())
    {
        return first;
    }
    if (entries_.empty())
    {
        return nullptr;
    }
    std::pop_heap(entries_.begin(), entries_.end());
    const auto first = entries_.back().fiber;
    entries_.pop_back();
    return first;
}

// ── between scheduler and algorithm ─────────────────────────────────────────────────────────────────────────────────

void algorithm_seat::hand_over(ready_queue& ready) noexcept
{
    while (const auto one = ready.pop_front())
    {
        if (mover_ == nullptr)
        {
            ++held_;
#if !defined(NDEBUG)
            given_.insert(one);
#endif
        }
        algorithm_->awakened(ready_fiber(one));
    }
}

fiber_record* algorithm_seat::pick() noexcept
{
    const auto picked = algorithm_->pick_next().record();
    if (mover_ != nullptr)
    {
        return picked;
    }
#if !defined(NDEBUG)
    if (picked == nullptr && !given_.empty())
    {
        report_fibers_lost(**given_.begin(), given_.size());
    }
    if (picked != nullptr && given_.erase(picked) == 0)
    {
        report_fiber_not_given(*picked);
    }
#endif
    if (picked != nullptr)
    {
        --held_;
    }
    return picked;
}

void scheduler_core::use_algorithm(std::unique_ptr<algorithm> chosen)
{
    std::unique_ptr<algorithm_seat> fresh;
    const auto is_default = [](const algorithm& one) { return typeid(one) == typeid(round_robin); };
    if (chosen != nullptr && !is_default(*chosen))
    {
        fresh = std::make_unique<algorithm_seat>(std::move(chosen));
        if (const auto mover = fresh->mover())
        {
            mover->work_for(*this);
        }
        fresh->turns = seat_ != nullptr ? seat_->turns : budget.load(std::memory_order_relaxed);
    }
    // Outside of the rounds the inbox belongs to nobody, or to the round that comes.
    const auto is_between_rounds = current_core() != this && inbox_.try_claim();
    if (seat_ != nullptr)
    {
        if (const auto mover = seat_->mover())
        {
            mover->retire();
            drain_inbox(); // it may have been called
        }
        ready_queue all;
        while (const auto one = seat_->pick())
        {
            all.push_back(*one);
        }
        while (const auto one = ready.pop_front())
        {
            all.push_back(*one);
        }
        ready = all;
        budget.store(seat_->turns, std::memory_order_relaxed);
        free_stacks_ = 0; // asked for at the next start
    }
    seat_ = std::move(fresh);
    std::weak_ptr<team_core> team;
    if (seat_ != nullptr && seat_->mover() != nullptr)
    {
        team = seat_->mover()->team();
    }
    {
        const std::lock_guard guard(team_lock_);
        team_.swap(team);
    }
    if (seat_ != nullptr)
    {
        budget.store(0, std::memory_order_relaxed);
        free_stacks_ = 0;
    }
    if (is_between_rounds && (has_ready() || !inbox_.try_rest()))
    {
        driver_->post_pump(*this);
    }
}

int scheduler_core::turns_at_switches(int switches) noexcept
{
    if (seat_ == nullptr)
    {
        return switches;
    }
    seat_->turns = switches;
    return 0;
}

bool scheduler_core::has_ready() const noexcept
{
    return !ready.empty() || (seat_ != nullptr && seat_->has_ready());
}

bool scheduler_core::is_round_over() const noexcept
{
    return (seat_ == nullptr ? budget.load(std::memory_order_relaxed) : seat_->turns) <= 0;
}

std::size_t scheduler_core::ready_count() const noexcept
{
    return ready.size() + (seat_ != nullptr ? seat_->held() + seat_->on_offer() : 0);
}

std::size_t scheduler_core::live_count() const noexcept
{
    return counters.live + (seat_ != nullptr ? seat_->on_offer() : 0);
}

void scheduler_core::deliver_movable(fiber_record& fiber) noexcept
{
    deliver_here(fiber);
    if (seat_ != nullptr && seat_->mover() != nullptr)
    {
        // Whoever runs may do so for long. Nobody is called: two fibers that wake each other in turn are best left together.
        seat_->hand_over(ready);
        seat_->mover()->show();
    }
}

void scheduler_core::call_others() noexcept
{
    std::shared_ptr<team_core> team;
    {
        const std::lock_guard guard(team_lock_);
        team = team_.lock();
    }
    if (team != nullptr)
    {
        team->call_one();
    }
}

void scheduler_core::let_go(fiber_record& fiber) noexcept
{
    live_.erase(live_.iterator_to(fiber));
    --counters.live;
    if (!fiber.started)
    {
        --unstarted_[fiber.stack_kind];
    }
    else if (!fiber.lent_stack)
    {
        // Until the stack has come back.
        fiber.lent_stack = true;
        add_reference();
    }
    if (fiber.timer != nullptr)
    {
        stop_timer(*fiber.timer);
    }
    fiber.only_core = fiber_record::any_core();
    fiber.core.come_to(nullptr);
}

void scheduler_core::take_in(fiber_record& fiber) noexcept
{
    live_.push_back(fiber);
    ++counters.live;
    if (!fiber.started)
    {
        ++unstarted_[fiber.stack_kind];
    }
    if (!fiber.migratable)
    {
        fiber.only_core = this; // for good: it starts here
    }
    fiber.core.come_to(this);
    if (fiber.cancel_told.load(std::memory_order_seq_cst) && !fiber.cancel_pending)
    {
        apply_cancel(fiber);
    }
}

bool scheduler_core::has_stack_for_one_more() noexcept
{
    const auto unstarted = unstarted_[fiber_record::default_stack];
    if (unstarted < free_stacks_)
    {
        return true;
    }
    try
    {
        free_stacks_ = stacks_->reserve(0, unstarted + 1, unstarted_[fiber_record::stack_of_a_size]);
    }
    catch (const std::exception&)
    {
        return false;
    }
    return true;
}

fiber_record* scheduler_core::pick() noexcept
{
    if (const auto direct = std::exchange(seat_->direct, nullptr))
    {
        ready.pop_front(); // where `enter_at_once` has put it
        return direct;
    }
    seat_->hand_over(ready);
    return seat_->pick();
}

fiber_record* scheduler_core::prepare_picked(fiber_record* next) noexcept
{
    if (next != nullptr)
    {
        ready.push_front(*next);
    }
    for (;;)
    {
        use_up(budget, 1); // a watchdog sees that the round goes on
        if (call_budget.load(std::memory_order_relaxed) <= ticked)
        {
            seat_->turns = 0;
        }
        if (--seat_->turns < 0 && seat_->direct == nullptr)
        {
            return nullptr;
        }
        const auto picked = pick();
        if (picked == nullptr)
        {
            if (drain_inbox() == 0)
            {
                return nullptr;
            }
        }
        else if (picked->started || bind_stack_or_end(*picked))
        {
            return picked;
        }
    }
}

} // namespace detail

} // namespace weft
