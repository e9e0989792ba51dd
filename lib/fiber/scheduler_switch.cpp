// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/observation.hpp>
// In one piece: the ways onto a stack and off it, which depend on each other's order.

#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/fiber/detail/sleeper.hpp>

#include "algorithm_seat.hpp"
#include "fiber_extras.hpp"
#include "report.hpp"
#include "scheduler_driver.hpp"
#include "stack_pool.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace weft::detail
{

namespace
{

// Stacks of equal size at equal distances would put the hot ends of all of them into the same few cache sets.
constexpr std::size_t colour_step = 64;
constexpr std::size_t colours = 32;

} // namespace

/// At the end of a stack that fibers run on: what continues it for the next fiber, or takes it to where it belongs.
struct lent_stack : inbox_node
{
    execution point; ///< of this stack while no fiber has it
    stack memory{};
    scheduler_core* home = nullptr;
};

bool scheduler_core::worth_yielding() noexcept
{
    drain_inbox();
    return has_ready() || (seat_ == nullptr ? use_up(budget, 1) : --seat_->turns < 0);
}

fiber_record* scheduler_core::prepare_next(fiber_record* next) noexcept
{
    // The caller's fiber sleeps already, although this is still its stack: what wakes it now must be a delivery.
    const auto leaving = std::exchange(current, nullptr);
    if (seat_ != nullptr)
    {
        if (const auto mover = seat_->mover())
        {
            mover->leaving = leaving;
            next = prepare_picked(next);
            mover->leaving = nullptr;
            return next;
        }
        return prepare_picked(next);
    }
    for (;;)
    {
        if (next == nullptr)
        {
            if (use_up(budget, 1) || drain_inbox() == 0)
            {
                return nullptr;
            }
        }
        else if (budget.load(std::memory_order_relaxed) < 0)
        {
            ready.push_front(*next);
            return nullptr;
        }
        else if (next->started || bind_stack_or_end(*next))
        {
            return next;
        }
        next = ready.pop_front();
    }
}

bool scheduler_core::enter_fibers() noexcept
{
    auto next = ready.pop_front();
    if (seat_ != nullptr || (next != nullptr && !next->started))
    {
        next = prepare_next(next);
        if (next == nullptr)
        {
            return is_round_over();
        }
    }
    if (next == nullptr)
    {
        return false;
    }
    ++counters.switches;
    current = next;
    store_floating_control(modes_);
    switch_execution(root, next->context, anchors);
    while (visit_ != nullptr) [[unlikely]]
    {
        serve_visit();
    }
    if (left_storage_ != nullptr) [[unlikely]]
    {
        end_in_storage();
    }
    return true;
}

void scheduler_core::bind_stack(fiber_record& fiber)
{
    if (ended_.memory && fiber.stack_size == 0 && ended_.memory.size == stacks_->default_size() &&
        ended_.lent == nullptr)
    {
        // Warm, and its first frame stands already.
        fiber.memory = std::exchange(ended_.memory, stack{});
        fiber.context = *ended_.point;
        mark_started(fiber);
        return;
    }
    if (fiber.storage != nullptr)
    {
        bind_storage(fiber);
        return;
    }
    fiber.memory = stacks_->allocate(fiber.stack_size);
    if (fiber.stack_size == 0 && free_stacks_ > 0)
    {
        --free_stacks_;
    }
    fiber.context.describe_stack(fiber.memory);
#if defined(WEFT_TSAN)
    fiber.context.tsan_fiber = __tsan_create_fiber(0);
#endif
    colour_ = (colour_ + 1) % colours;
    const auto unused = colour_ * colour_step;
    prepare_execution<&scheduler_core::fiber_main>(fiber.context, fiber.memory.top() - unused,
                                                   fiber.memory.size - unused);
    mark_started(fiber);
}

bool scheduler_core::bind_stack_or_end(fiber_record& fiber) noexcept
{
    std::exception_ptr why;
    if (!closing)
    {
        try
        {
            bind_stack(fiber);
            return true;
        }
        catch (...)
        {
            why = std::current_exception();
        }
    }
    mark_started(fiber);
    // Code of the user runs here, on a stack that is no longer, or never was, that of a running fiber.
    exchange_current_core(nullptr);
    if (why != nullptr)
    {
        fiber.fail_body(fiber, std::move(why));
    }
    fiber.destroy_body(fiber);
    exchange_current_core(this);
    end(fiber);
    return false;
}

void scheduler_core::mark_started(fiber_record& fiber) noexcept
{
    fiber.started = true;
    --unstarted_[fiber.stack_kind];
}

void scheduler_core::fiber_main(execution&)
{
    lent_stack here;
    auto& between = here.point;
    auto core = current_core();
    const auto home = core;
    for (;;)
    {
        auto& self = *core->current;
        *core->anchors.error_number = 0;
        // The fiber that had this stack before may have changed them.
        set_floating_control(core->modes_, current_floating_control());
        core->run_body(self);
        core = self.core; // it may have come to another one
        // `self` may be gone after its end.
        const auto memory = self.memory;
        const auto size_class = self.stack_size;
        auto is_lent = self.lent_stack;
        if (is_lent && core == home)
        {
            home->release(); // it was held for this stack
            is_lent = false;
        }
        between.describe_stack(memory);
#if defined(WEFT_TSAN)
        between.tsan_fiber = self.context.tsan_fiber;
#endif
        core->end(self);

        auto next = core->ready.pop_front();
        if (next == nullptr || use_up(core->budget, 1) ||
            (!next->started && (next->stack_size != size_class || is_lent)) || core->closing)
        {
            next = core->prepare_next(next);
        }
        ++core->counters.switches;
        core->current = next;
        if (next != nullptr && !next->started)
        {
            // It needs a stack, and this one is free and warm.
            next->memory = memory;
            next->context = between;
            core->mark_started(*next);
            continue;
        }
        // This stack is in use until the jump: it goes to the pool when another fiber ends, or with the round.
        core->reap();
        core->ended_ = {memory, &between, is_lent ? &here : nullptr};
        if (is_lent)
        {
            here.memory = memory;
            here.home = home;
        }
        switch_execution<true>(between, next != nullptr ? next->context : core->root, core->anchors);
    }
}

void scheduler_core::run_body(fiber_record& self) noexcept
{
    try
    {
        self.run_body(self);
    }
    catch (const tear_down_unwind&)
    {
        report_forced_unwind(self);
    }
    catch (const boost::system::system_error& failure)
    {
        // A fiber that ends because it was asked to has not failed.
        if (!self.cancel_pending || failure.code() != boost::asio::error::operation_aborted)
        {
            self.error = std::current_exception();
        }
    }
    catch (...)
    {
        self.error = std::current_exception();
    }
    if (self.extras != nullptr)
    {
        self.extras->run_at_exit();
    }
    tell_fiber_ends(self);
}

void scheduler_core::end(fiber_record& self) noexcept
{
    live_.erase(live_.iterator_to(self));
    --counters.live;
    forget_stop_source(self);
    if (self.joiner.who != nullptr && self.joiner.who->claim(self.joiner.ticket, wake_reason::notified))
    {
        deliver_here(static_cast<fiber_record&>(*self.joiner.who));
    }
    auto state = self.shared_state.load(std::memory_order_acquire);
    while ((state & fiber_record::remote_joiner) == 0)
    {
        if (self.error != nullptr && (state & fiber_record::has_handle) == 0)
        {
            report_unhandled(self);
        }
        if (state < 2 * fiber_record::reference)
        {
            // Nobody else knows this record.
            self.shared_state.store(state | fiber_record::ended, std::memory_order_relaxed);
            self.release();
            return;
        }
        const auto ended = (state | fiber_record::ended) - fiber_record::reference;
        if (self.shared_state.compare_exchange_weak(state, ended, std::memory_order_acq_rel, std::memory_order_acquire))
        {
            return;
        }
    }
    end_for_remote_joiners(self);
}

void scheduler_core::reap() noexcept
{
    if (!ended_.memory)
    {
        return;
    }
    if (const auto lent = std::exchange(ended_.lent, nullptr); lent != nullptr) [[unlikely]]
    {
        ended_ = {};
        bring_home(*lent);
        return;
    }
#if defined(WEFT_TSAN)
    __tsan_destroy_fiber(ended_.point->tsan_fiber);
#endif
    if (ended_.memory.size == stacks_->default_size())
    {
        ++free_stacks_;
    }
    stacks_->deallocate(std::exchange(ended_.memory, stack{}));
}

void scheduler_core::bring_home(lent_stack& what) noexcept
{
    const auto home = what.home;
    what.run = [](scheduler_core& core, inbox_node& node) {
        const auto& back = static_cast<lent_stack&>(node);
        core.reap();
        core.ended_ = {back.memory, const_cast<execution*>(&back.point), nullptr};
        core.reap();
    };
    home->post(what);
    home->release(); // it was held for its stack
}

// ── start, records ──────────────────────────────────────────────────────────────────────────────────────────────────

void scheduler_core::make_room(const fiber_record& record)
{
    if (closing)
    {
        throw boost::system::system_error(boost::asio::error::operation_aborted, "weft: the scheduler goes away");
    }
    if (record.storage != nullptr)
    {
        return;
    }
    const auto& unstarted = unstarted_[fiber_record::default_stack];
    const auto& others = unstarted_[fiber_record::stack_of_a_size];
    if (stacks_->room() <= unstarted + others)
    {
        reap(); // whoever spawns does not run on the stack of the fiber that ended last
        if (seat_ != nullptr)
        {
            drain_inbox(); // stacks may be on their way home
        }
    }
    if (record.stack_size != 0)
    {
        stacks_->reserve(record.stack_size, 1, unstarted + others);
        free_stacks_ = std::min(free_stacks_, unstarted); // the limit is for all sizes: look again for the next one
    }
    else
    {
        free_stacks_ = stacks_->reserve(0, unstarted + 1, others);
    }
    if (seat_ != nullptr && seat_->wants_each_start())
    {
        free_stacks_ = 0; // so that the next start comes here too
        seat_->hand_over(ready);
        seat_->mover()->offer();
    }
}

void scheduler_core::start(fiber_record& record)
{
    record.named_core = true;
    if (current_core() == this)
    {
        start_here(record);
        return;
    }
    record.run = [](scheduler_core& core, inbox_node& node) {
        auto& fresh = static_cast<fiber_record&>(node);
        fresh.run = nullptr;
        core.admit(fresh);
        core.ready.push_back(fresh);
    };
    post(record);
}

void scheduler_core::admit_with_stack(fiber_record& record)
{
    make_room(record);
    admit(record);
    try
    {
        bind_stack(record);
        if (seat_ != nullptr)
        {
            seat_->direct = &record;
        }
    }
    catch (...)
    {
        live_.erase(live_.iterator_to(record));
        --counters.live;
        --counters.spawned;
        mark_started(record);
        throw;
    }
}

std::uint64_t record_pool::take_ids() noexcept
{
    static constinit std::atomic<std::uint64_t> next{1};
    return next.fetch_add(1, std::memory_order_relaxed) * ids_at_once;
}

} // namespace weft::detail
