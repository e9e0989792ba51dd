// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>

#include "preemption.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace weft::detail
{

namespace
{

// How many waits a fiber may begin while its scheduler is torn down before it is unwound by force.
constexpr std::uint32_t refusals_before_force = 100;
constexpr std::uint32_t forced_unwinds = 10;

} // namespace

boost::system::error_code to_error(wait_outcome outcome) noexcept
{
    switch (outcome)
    {
    case wait_outcome::notified:
        return {};
    case wait_outcome::canceled:
        return boost::asio::error::operation_aborted;
    case wait_outcome::timed_out:
    case wait_outcome::deadline:
        break;
    }
    return boost::asio::error::timed_out;
}

void throw_if_failed(wait_outcome outcome)
{
    if (outcome == wait_outcome::canceled)
    {
        std::string text = "weft: the fiber was cancelled";
        if (const auto why = this_fiber::cancel_reason())
        {
            text.append(" (").append(why.text()).append(")");
        }
        throw boost::system::system_error(to_error(outcome), text);
    }
    if (outcome == wait_outcome::deadline)
    {
        throw boost::system::system_error(to_error(outcome), "weft: the fiber's deadline is over");
    }
}

void count_refusal(fiber_record& fiber)
{
    ++fiber.refused_waits;
    if (fiber.refused_waits > refusals_before_force + forced_unwinds)
    {
        // Nothing gets this fiber off its stack. It stays where it is; tear_down() reports it.
        fiber.arm(wait_kind::operation);
        fiber.core->leave(fiber);
    }
    if (fiber.refused_waits > refusals_before_force)
    {
        throw tear_down_unwind();
    }
}

void throw_torn_down(fiber_record& fiber)
{
    count_refusal(fiber);
    throw boost::system::system_error(boost::asio::error::operation_aborted, "weft: the scheduler goes away");
}

wake_reason thread_waiter::sleep(wait_ticket ticket, time_point until)
{
    std::unique_lock lock(mutex_);
    const auto woken = [this] { return is_woken_; };
    const bool has_ended =
        until != time_point::max() && (woken_.wait_until(lock, until, woken) || claim(ticket, wake_reason::timed_out));
    if (!has_ended)
    {
        // There is no limit, or somebody has claimed the wait and is about to deliver; until then this object must stay.
        woken_.wait(lock, woken);
    }
    return reason();
}

__attribute__((noinline)) std::uintptr_t thread_waiter::owner_of_this_thread() noexcept
{
    alignas(8) static constinit thread_local char mark = 0;
    asm volatile("");
    return reinterpret_cast<std::uintptr_t>(&mark);
}

void thread_waiter::wake() noexcept
{
    // Notified under the lock: as soon as the waiter can go on, this object may be gone.
    const std::lock_guard lock(mutex_);
    is_woken_ = true;
    woken_.notify_one();
}

void deliver_elsewhere(waiter& who) noexcept
{
    const uninterrupted on_behalf_of_a_region;
    if (who.is_fiber())
    {
        auto& fiber = static_cast<fiber_record&>(who);
        scheduler_core& core = *fiber.core;
        if (current_core() == &core)
        {
            core.deliver_movable(fiber);
            return;
        }
        core.post(fiber);
    }
    else
    {
        static_cast<thread_waiter&>(who).wake();
    }
}

fiber_record& require_fiber(const char* what)
{
    const auto core = current_core();
    if (core == nullptr)
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::operation_not_permitted), what);
    }
    return *core->current;
}

void cancel_wait(fiber_record& self, wait_ticket ticket) noexcept
{
    if (!self.withdraw(ticket))
    {
        self.core->park(self);
    }
}

time_point current_time() noexcept
{
    const auto core = current_core();
    return core != nullptr ? core->now() : std::chrono::steady_clock::now();
}

} // namespace weft::detail
