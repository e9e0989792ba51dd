// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "team.hpp"

#include <weft/fiber/detail/scheduler_core.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace weft::detail
{

// ── what is on offer ────────────────────────────────────────────────────────────────────────────────────────────────

namespace
{

/// When it was offered. A fiber that may move is joined in another way than by its slot for that.
wait_ticket& stamp_of(fiber_record& fiber) noexcept
{
    return fiber.joiner.ticket;
}

} // namespace

void offered_fibers::push(ready_queue batch) noexcept
{
    const std::lock_guard guard(lock_);
    auto fresh = fresh_count_.load(std::memory_order_relaxed);
    auto begun = begun_count_.load(std::memory_order_relaxed);
    while (const auto one = batch.pop_front())
    {
        stamp_of(*one) = pushed_++;
        (one->started ? begun_ : fresh_).push_back(*one);
        ++(one->started ? begun : fresh);
    }
    fresh_count_.store(fresh, std::memory_order_seq_cst);
    begun_count_.store(begun, std::memory_order_seq_cst);
}

fiber_record* offered_fibers::pop(bool may_be_fresh) noexcept
{
    const std::lock_guard guard(lock_);
    const auto fresh = may_be_fresh ? fresh_.pop_front() : nullptr;
    const auto begun = begun_.pop_front();
    if (fresh == nullptr || (begun != nullptr && stamp_of(*begun) < stamp_of(*fresh)))
    {
        if (fresh != nullptr)
        {
            fresh_.push_front(*fresh);
        }
        if (begun != nullptr)
        {
            begun_count_.store(begun_count_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
        }
        return begun;
    }
    if (begun != nullptr)
    {
        begun_.push_front(*begun);
    }
    fresh_count_.store(fresh_count_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    return fresh;
}

ready_queue offered_fibers::take(std::size_t most, bool may_be_fresh) noexcept
{
    const std::lock_guard guard(lock_);
    auto fresh = fresh_count_.load(std::memory_order_relaxed);
    auto begun = begun_count_.load(std::memory_order_relaxed);
    ready_queue taken;
    for (auto left = std::min(most, (fresh + begun + 1) / 2); left > 0; --left)
    {
        if (may_be_fresh && fresh > 0)
        {
            --fresh;
            taken.push_back(*fresh_.pop_front());
        }
        else if (begun > 0)
        {
            --begun;
            taken.push_back(*begun_.pop_front());
        }
    }
    fresh_count_.store(fresh, std::memory_order_relaxed);
    begun_count_.store(begun, std::memory_order_relaxed);
    return taken;
}

ready_queue offered_fibers::take_all() noexcept
{
    const std::lock_guard guard(lock_);
    auto all = std::exchange(begun_, ready_queue());
    all.push_back(std::exchange(fresh_, ready_queue()));
    fresh_count_.store(0, std::memory_order_relaxed);
    begun_count_.store(0, std::memory_order_relaxed);
    return all;
}

// ── members, asleep or not ──────────────────────────────────────────────────────────────────────────────────────────

team_member& team_core::enter(scheduler_core& core, bool in_common)
{
    const std::lock_guard guard(mutex_);
    // One that has left makes room, unless it has still to answer.
    auto place = std::find_if(owned_.begin(), owned_.end(),
                              [](const auto& one) { return one->core == nullptr && !one->is_called; });
    if (place == owned_.end())
    {
        if (owned_.size() == work_team::max_members)
        {
            throw boost::system::system_error(make_error_code(boost::system::errc::no_buffer_space),
                                              "weft: a work_team has at most " +
                                                  std::to_string(work_team::max_members) + " members");
        }
        owned_.push_back(std::make_unique<team_member>());
        place = std::prev(owned_.end());
        members_[owned_.size() - 1].store(place->get(), std::memory_order_relaxed);
        count_.store(owned_.size(), std::memory_order_release);
    }
    auto& fresh = **place;
    fresh.core = &core;
    fresh.offers.store(in_common ? &common_ : &fresh.own, std::memory_order_relaxed);
    fresh.run = &team_core::answer;
    sharing_ += in_common ? 1 : 0;
    return fresh;
}

bool team_core::leave(team_member& who) noexcept
{
    wake_up(who);
    const std::lock_guard guard(mutex_);
    who.core = nullptr;
    return who.offers.load(std::memory_order_relaxed) == &common_ && --sharing_ == 0;
}

void team_core::fall_asleep(team_member& who) noexcept
{
    const std::lock_guard guard(mutex_);
    if (!who.is_asleep && !who.is_called)
    {
        who.is_asleep = true;
        who.below = std::exchange(asleep_, &who);
        sleepers_.fetch_add(1, std::memory_order_seq_cst);
    }
}

void team_core::wake_up(team_member& who) noexcept
{
    const std::lock_guard guard(mutex_);
    if (who.is_called && !who.has_come)
    {
        // It may be long before it sees the call; others are not to wait for that.
        who.has_come = true;
        is_called_.store(false, std::memory_order_seq_cst);
    }
    if (!who.is_asleep)
    {
        return;
    }
    auto place = &asleep_;
    while (*place != &who)
    {
        place = &(*place)->below;
    }
    *place = who.below;
    who.is_asleep = false;
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
}

void team_core::call_one() noexcept
{
    if (sleepers_.load(std::memory_order_seq_cst) == 0 || is_called_.load(std::memory_order_seq_cst))
    {
        return;
    }
    const std::lock_guard guard(mutex_);
    if (asleep_ == nullptr || is_called_.load(std::memory_order_relaxed))
    {
        return;
    }
    is_called_.store(true, std::memory_order_seq_cst);
    auto& chosen = *asleep_;
    asleep_ = chosen.below;
    chosen.is_asleep = false;
    chosen.is_called = true;
    chosen.team = shared_from_this();
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
    // Under the mutex, so that whoever leaves finds it in its inbox.
    chosen.core->post(chosen);
}

void team_core::answer(scheduler_core&, inbox_node& node)
{
    auto& who = static_cast<team_member&>(node);
    const auto team = std::move(who.team);
    const std::lock_guard guard(team->mutex_);
    who.is_called = false;
    if (!std::exchange(who.has_come, false))
    {
        team->is_called_.store(false, std::memory_order_seq_cst);
    }
}

} // namespace weft::detail
