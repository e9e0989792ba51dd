// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/spawn.hpp>

#include "algorithm_seat.hpp"
#include "fiber_extras.hpp"
#include "report.hpp"
#include "round.hpp"
#include "scheduler_driver.hpp"

#include <utility>

// The end of an execution context under fibers that still wait. Order, as service::shutdown() and the destructors of
// handlers give it:
//
//   1. every service of the context has shut down; queued handlers are being destroyed, ours behind the others
//   2. all fibers are cancelled for good: each wait fails from now on, so that they end by ordinary exceptions
//   3. those that wait for an operation of Asio stay until its handler has been destroyed: their frames hold its memory
//   4. what is left waits for each other in ways that do not react to cancellation: woken one by one, with a report
//   5. whoever swallows all of that gets `tear_down_unwind`, and is left alone at last, with a report

namespace weft::detail
{

bool scheduler_core::tear_down(bool last_chance) noexcept
{
    if (!closing)
    {
        closing = true;
        inline_rounds_.store(0, std::memory_order_relaxed);
        driver_->shut_down();
        // Nobody will own a round again: deliveries gather in the inbox.
        inbox_.try_claim();
        use_algorithm(nullptr);
    }
    for (auto& fiber : live_)
    {
        if (!fiber.cancel_pending)
        {
            fiber.cancel_why = cancel_reasons::torn_down;
        }
        fiber.torn_down = true;
        fiber.cancel_pending = true;
        for (const auto kind : {wait_kind::interruptible, wait_kind::patient})
        {
            if (const auto ticket = fiber.waiting_as(kind))
            {
                wake(fiber, ticket, wake_reason::torn_down);
            }
        }
    }
    run_until_quiet();
    while (!live_.empty())
    {
        if (!last_chance && any_in_operation())
        {
            return false;
        }
        if (!force_one())
        {
            break;
        }
        run_until_quiet();
    }
    for (const auto& fiber : live_)
    {
        report_abandoned(fiber);
    }
    driver_->forget_executor();
    if (holding_ && live_.empty()) // whoever is to wake those that are left behind finds this still there
    {
        holding_ = false;
        release();
    }
    return true;
}

void scheduler_core::run_until_quiet() noexcept
{
    const auto outer = begin_round(*this);
    for (;;)
    {
        begin_slice();
        drain_inbox();
        if (const auto late = std::exchange(driver_->late, nullptr))
        {
            ready.push_back(*late);
        }
        if (ready.empty())
        {
            break;
        }
        enter_fibers();
        reap();
    }
    note_end_of_round();
    exchange_current_core(outer);
}

bool scheduler_core::any_in_operation() noexcept
{
    for (const auto& fiber : live_)
    {
        if (fiber.waiting_as(wait_kind::operation) != 0)
        {
            return true;
        }
    }
    return false;
}

bool scheduler_core::force_one() noexcept
{
    for (auto& fiber : live_)
    {
        if (const auto ticket = fiber.waiting_as(wait_kind::plain))
        {
            report_forced_wake(fiber);
            wake(fiber, ticket, wake_reason::torn_down);
            return true;
        }
    }
    return false;
}

void scheduler_core::cancel_all(cancel_reason why) noexcept
{
    if (seat_ != nullptr)
    {
        seat_->take_back_all();
    }
    for (auto& fiber : live_)
    {
        request_cancel(fiber, why);
    }
}

void scheduler_core::apply_cancel(fiber_record& fiber) noexcept
{
    fiber.cancel_pending = true;
    if (fiber.extras != nullptr && fiber.extras->stop)
    {
        // Callbacks of the user may run, and this may be between two fibers.
        const auto outer = current == nullptr ? exchange_current_core(nullptr) : current_core();
        fiber.extras->stop->request_stop();
        exchange_current_core(outer);
    }
    if (fiber.cancel_blocked == 0)
    {
        if (const auto ticket = fiber.waiting_as(wait_kind::interruptible))
        {
            wake(fiber, ticket, wake_reason::canceled);
        }
    }
}

} // namespace weft::detail
