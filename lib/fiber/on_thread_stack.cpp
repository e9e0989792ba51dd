// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/observation.hpp>
#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/on_thread_stack.hpp>

#include "visitor.hpp"

#include <boost/system/system_error.hpp>

#include <utility>

// The fiber leaves a note with its scheduler and switches to `root`, which is where the round stands on the thread's
// stack. That side makes the call and switches back. Nothing else of the scheduler runs in between, and `current_core()`
// is null as for any code outside of fibers: what wakes fibers goes through the inbox then, and what waits looks for a
// thread to block, which is refused.

namespace weft::detail
{

struct thread_stack_visit
{
    fiber_record& fiber;
    void (*call)(void*) noexcept;
    void* closure;
};

namespace
{

constinit thread_local fiber_record* present_visitor = nullptr;

// Out of line for the reason that `current_core` is.
__attribute__((noinline)) fiber_record* current_visitor() noexcept
{
    asm volatile("");
    return present_visitor;
}

} // namespace

__attribute__((noinline)) fiber_record* exchange_visitor(fiber_record* fiber) noexcept
{
    asm volatile("" ::: "memory");
    return std::exchange(present_visitor, fiber);
}

bool visit_thread_stack(void (*call)(void*) noexcept, void* closure) noexcept
{
    const auto core = current_core();
    if (core == nullptr)
    {
        return false;
    }
    thread_stack_visit visit{*core->current, call, closure};
    core->leave_for_visit(visit);
    return true;
}

void scheduler_core::leave_for_visit(thread_stack_visit& visit) noexcept
{
    visit_ = &visit;
    ++counters.switches;
    switch_execution(visit.fiber.context, root, anchors);
}

void scheduler_core::serve_visit() noexcept
{
    auto& visit = *std::exchange(visit_, nullptr);
    auto& own = visit.fiber.context;
    const auto outer = exchange_visitor(&visit.fiber);
    exchange_current_core(nullptr);
    // The call is the fiber's: it sees the exception that the fiber is handling, and its errno.
    std::swap(*anchors.exceptions, own.exceptions);
    std::swap(*anchors.error_number, own.error_number);
    visit.call(visit.closure);
    std::swap(*anchors.error_number, own.error_number);
    std::swap(*anchors.exceptions, own.exceptions);
    exchange_current_core(this);
    exchange_visitor(outer);
    ++counters.switches;
    switch_execution(root, own, anchors);
}

void require_may_block()
{
    if (current_visitor() != nullptr)
    {
        throw boost::system::system_error(
            blocking_error(),
            "weft: a wait inside of on_thread_stack or a preemptible region, where no fiber can wait");
    }
}

boost::system::error_code blocking_error() noexcept
{
    return current_visitor() != nullptr ? make_error_code(boost::system::errc::operation_not_permitted)
                                        : boost::system::error_code();
}

fiber_record* responsible_fiber() noexcept
{
    if (const auto core = current_core())
    {
        return core->current;
    }
    return current_visitor();
}

} // namespace weft::detail
