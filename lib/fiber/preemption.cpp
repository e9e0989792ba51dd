// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "preemption.hpp"

#include <weft/fiber/detail/scheduler_core.hpp>

#include "visitor.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <string>

// Inside of a region `current_core()` is null, as it is in `on_thread_stack`, so that nothing the region calls touches
// the lists of the scheduler: there is nothing half done when the handler does. The fiber is left in the handler, on its
// own stack, which has the interrupted registers in the signal's frame; it goes on when the handler returns.

namespace weft::detail
{

namespace
{

// The handler, the unwinder that it may ask, the switch.
constexpr std::size_t frames_of_handler = 8 * 1024;

// In the space that is reserved for each thread from its start: a signal handler reads it.
__attribute__((tls_model("initial-exec"))) constinit thread_local preemption_thread this_thread_state;

void step_in(preemption_region& region) noexcept
{
    exchange_visitor(region.fiber);
    exchange_current_core(nullptr);
}

void step_out(preemption_region& region) noexcept
{
    exchange_current_core(region.core);
    exchange_visitor(nullptr);
}

// The word that says so changes last on the way in, and first on the way out.
void set_running(preemption_region* region) noexcept
{
    auto& mine = preemption_of_this_thread();
    asm volatile("" ::: "memory");
    mine.running = region;
    asm volatile("" ::: "memory");
}

[[noreturn]] void refuse(boost::system::errc::errc_t why, const std::string& text)
{
    throw boost::system::system_error(make_error_code(why), "weft::preemptible: " + text);
}

} // namespace

__attribute__((noinline)) preemption_thread& preemption_of_this_thread() noexcept
{
    auto* found = &this_thread_state;
    asm volatile("" : "+r"(found)); // another one after a switch
    return *found;
}

void open_region(preemption_region& region, const void* site, std::chrono::nanoseconds tick)
{
    namespace errc = boost::system::errc;
    const auto core = current_core();
    if (core == nullptr)
    {
        return;
    }
    if (!can_preempt())
    {
        refuse(errc::operation_not_supported, "not with this sanitizer, or not on this platform");
    }
    if (tick <= tick.zero())
    {
        refuse(errc::invalid_argument, "a tick that is not positive");
    }
    const auto here = static_cast<std::byte*>(__builtin_frame_address(0));
    const auto left = static_cast<std::size_t>(here - core->current->memory.base);
    if (left < preemptible::stack_reserve())
    {
        refuse(errc::not_enough_memory, std::to_string(left) +
                                            " bytes are left of the stack, and an interruption needs " +
                                            std::to_string(preemptible::stack_reserve()));
    }
    auto& mine = preemption_of_this_thread();
    region.thread = &mine;
    describe_surroundings(region, site);
    start_ticks(tick);
    region.core = core;
    region.fiber = core->current;
    ++region.fiber->pins;
    ++mine.open;
    step_in(region);
    set_running(&region);
}

void close_region(preemption_region& region) noexcept
{
    if (region.core != nullptr)
    {
        set_running(nullptr);
        step_out(region);
        --region.fiber->pins;
        --region.thread->open; // the timer stops at the next tick, unless there is another region by then
    }
}

preemption_region* block_preemption() noexcept
{
    auto& mine = preemption_of_this_thread();
    const auto region = mine.running;
    if (region != nullptr)
    {
        set_running(nullptr);
        step_out(*region);
        mine.missed = false;
    }
    return region;
}

void unblock_preemption(preemption_region& region) noexcept
{
    while (&preemption_of_this_thread() != region.thread || region.thread->missed)
    {
        region.thread->missed = false;
        region.core->end_slice();
        region.core->give_way();
    }
    step_in(region);
    set_running(&region);
}

void preempt(preemption_region& region) noexcept
{
    step_out(region);
    do
    {
        region.core->end_slice();
        region.core->give_way();
        // Where several threads drive the executor, it may be another one's turn: not that of the registers, of which
        // some may hold addresses of thread-locals.
    } while (&preemption_of_this_thread() != region.thread);
    step_in(region);
}

} // namespace weft::detail

namespace weft
{

bool preemptible::is_supported() noexcept
{
    return detail::can_preempt();
}

std::size_t preemptible::stack_reserve() noexcept
{
    return detail::signal_frame_size() + detail::frames_of_handler;
}

preemption_counters this_thread_preemptions() noexcept
{
    return detail::preemption_of_this_thread().counters;
}

} // namespace weft
