// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "fiber_extras.hpp"
#include "report.hpp"
#include "scheduler_driver.hpp"
#include "stack_pool.hpp"

#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/fiber/detail/sleeper.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <new>
#include <utility>

namespace weft::detail
{

namespace
{

// Stacks of equal size at equal distances would put the hot ends of all of them into the same few cache sets.
constexpr std::size_t colour_step = 64;
constexpr std::size_t colours = 32;

constexpr std::size_t max_spare_records = 8192;

void adopt_tsan_fiber([[maybe_unused]] execution& heir, [[maybe_unused]] const execution& ended) noexcept
{
#if defined(WEFT_TSAN)
    heir.tsan_fiber = ended.tsan_fiber;
#endif
}

} // namespace

bool scheduler_core::worth_yielding() noexcept
{
    drain_inbox();
    return !ready.empty() || --budget < 0;
}

fiber_record* scheduler_core::prepare_next(fiber_record* next) noexcept
{
    for (;;)
    {
        if (next == nullptr)
        {
            if (--budget < 0 || drain_inbox() == 0)
            {
                return nullptr;
            }
        }
        else if (budget < 0)
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

void scheduler_core::enter_fibers() noexcept
{
    auto next = ready.pop_front();
    if (!next->started)
    {
        next = prepare_next(next);
    }
    if (next != nullptr)
    {
        ++counters.switches;
        current = next;
        switch_execution(root, next->context, anchors);
    }
}

void scheduler_core::bind_stack(fiber_record& fiber)
{
    fiber.memory = stacks_->allocate(fiber.stack_size);
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
    if (!closing)
    {
        try
        {
            bind_stack(fiber);
            return true;
        }
        catch (...)
        {
            fiber.error = std::current_exception();
        }
    }
    mark_started(fiber);
    // Destructors of the user run here, on a stack that is no longer, or never was, that of a running fiber.
    exchange_current_core(nullptr);
    fiber.destroy_body(fiber);
    exchange_current_core(this);
    end(fiber);
    return false;
}

void scheduler_core::mark_started(fiber_record& fiber) noexcept
{
    fiber.started = true;
    if (fiber.stack_size == 0)
    {
        --unstarted_;
    }
}

void scheduler_core::fiber_main(execution&)
{
    auto& core = *current_core();
    for (;;)
    {
        auto& self = *core.current;
        *core.anchors.exceptions = {};
        *core.anchors.error_number = 0;
        core.run_body(self);
        // `self` may be gone after its end.
        const auto memory = self.memory;
        const auto size_class = self.stack_size;
        const auto ended = self.context;
        core.end(self);

        auto next = core.ready.pop_front();
        if (next == nullptr || --core.budget < 0 || (!next->started && next->stack_size != size_class) || core.closing)
        {
            next = core.prepare_next(next);
        }
        if (next == nullptr || next->started)
        {
            core.leave_for_good(memory, ended, next);
        }
        // It needs a stack, and this one is free and warm.
        next->memory = memory;
        next->context.describe_stack(memory);
        adopt_tsan_fiber(next->context, ended);
        core.mark_started(*next);
        ++core.counters.switches;
        core.current = next;
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
}

void scheduler_core::end(fiber_record& self) noexcept
{
    live_.erase(live_.iterator_to(self));
    --counters.live;
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
    self.shared_state.fetch_or(fiber_record::ended, std::memory_order_acq_rel);
    wake_remote_joiners(self);
    self.release();
}

void scheduler_core::leave_for_good(stack memory, const execution& ended, fiber_record* next)
{
    // This stack is still in use: it goes back when the next fiber ends, or with the round.
    reap();
    finished_stack_ = memory;
    adopt_tsan_fiber(finished_, ended);
    ++counters.switches;
    current = next;
    switch_execution<true>(finished_, next != nullptr ? next->context : root, anchors);
    __builtin_unreachable();
}

void scheduler_core::reap() noexcept
{
    if (finished_stack_)
    {
#if defined(WEFT_TSAN)
        __tsan_destroy_fiber(finished_.tsan_fiber);
#endif
        stacks_->deallocate(std::exchange(finished_stack_, stack{}));
    }
}

// ── start, records ──────────────────────────────────────────────────────────────────────────────────────────────────

void scheduler_core::admit(fiber_record& record) noexcept
{
    record.run = nullptr;
    live_.push_back(record);
    ++counters.live;
    ++counters.spawned;
    if (record.stack_size == 0)
    {
        ++unstarted_;
    }
}

void scheduler_core::start(fiber_record& record)
{
    if (current_core() == this)
    {
        if (closing)
        {
            throw boost::system::system_error(boost::asio::error::operation_aborted, "weft: the scheduler goes away");
        }
        stacks_->reserve(record.stack_size);
        admit(record);
        ready.push_back(record);
        return;
    }
    record.run = [](scheduler_core& core, inbox_node& node)
    {
        auto& fresh = static_cast<fiber_record&>(node);
        core.admit(fresh);
        core.ready.push_back(fresh);
    };
    post(record);
}

void scheduler_core::admit_with_stack(fiber_record& record)
{
    if (closing)
    {
        throw boost::system::system_error(boost::asio::error::operation_aborted, "weft: the scheduler goes away");
    }
    stacks_->reserve(record.stack_size);
    admit(record);
    try
    {
        bind_stack(record);
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

std::uint64_t scheduler_core::next_id() noexcept
{
    // Numbers are handed out in blocks, so that schedulers on other threads do not share a cache line at each spawn.
    constexpr std::uint64_t block = 1024;
    static constinit std::atomic<std::uint64_t> next_block{1};
    if (current_core() != this)
    {
        return next_block.fetch_add(1, std::memory_order_relaxed) * block;
    }
    if (id_ % block == 0)
    {
        id_ = next_block.fetch_add(1, std::memory_order_relaxed) * block;
    }
    return id_++;
}

void* scheduler_core::take_spare_record() noexcept
{
    if (spare_records_ == nullptr)
    {
        return nullptr;
    }
    --spare_count_;
    return std::exchange(spare_records_, spare_records_->next);
}

void scheduler_core::recycle_record(void* memory) noexcept
{
    if (spare_count_ == max_spare_records)
    {
        ::operator delete(memory);
        return;
    }
    ++spare_count_;
    spare_records_ = ::new (memory) spare_record{spare_records_};
}

} // namespace weft::detail
