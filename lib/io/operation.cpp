// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/waker.hpp>
#include <weft/io/detail/operation.hpp>

#include <boost/system/system_error.hpp>

namespace weft::detail
{

bool operation::begin()
{
    sleeper me;
    me.take_turn(scheduler_core::cost_of_system_call); // it may complete at once
    if (me.is_canceled(wait_kind::interruptible))
    {
        return false;
    }
    signal_.prepare();
    const auto kind = fiber_.cancel_blocked == 0 ? wait_kind::interruptible : wait_kind::operation;
    ticket_ = fiber_.arm(kind);
    return true;
}

void operation::give_up() noexcept
{
    cancel_wait(fiber_, ticket_);
}

void operation::cancel_and_wait() noexcept
{
    // Armed before the signal: an operation may complete inside of it.
    const auto second = fiber_.arm(wait_kind::operation);
    auto expected = nobody;
    const auto handler_is_due =
        meeting_.compare_exchange_strong(expected, second, std::memory_order_acq_rel, std::memory_order_acquire);
    if (!handler_is_due)
    {
        cancel_wait(fiber_, second);
        return;
    }
    signal_.emit(boost::asio::cancellation_type::all);
    fiber_.core->park(fiber_);
}

void operation::explain(std::exception_ptr& error) const noexcept
{
    if (!error || (outcome_ != wait_outcome::deadline && outcome_ != wait_outcome::timed_out))
    {
        return;
    }
    try
    {
        std::rethrow_exception(error);
    }
    catch (const boost::system::system_error& failure)
    {
        auto code = failure.code();
        explain(code);
        if (code != failure.code())
        {
            error = std::make_exception_ptr(boost::system::system_error(code));
        }
    }
    catch (...)
    {
    }
}

void operation::settle(wake_reason reason) noexcept
{
    auto& fiber = fiber_;
    if (!fiber.claim(ticket_, reason))
    {
        auto expected = nobody;
        if (meeting_.compare_exchange_strong(expected, handler_was_here, std::memory_order_acq_rel,
                                             std::memory_order_acquire))
        {
            // The fiber is on its way to look here, and may leave the frame as soon as it has.
            return;
        }
        fiber.claim(expected, reason);
    }
    if (reason == wake_reason::notified)
    {
        fiber.core->resume_from_handler(fiber);
    }
    else
    {
        // Somewhere in a destructor: not the place to run a fiber in.
        deliver(fiber);
    }
}

} // namespace weft::detail
