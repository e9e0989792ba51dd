// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/detail/pending_operation.hpp>

#include <mutex>

namespace weft::detail
{

bool pending_operation::is_over() const noexcept
{
    const std::lock_guard guard(waiters_.lock());
    return over_;
}

bool pending_operation::put_in(wait_entry& mine, wait_ticket ticket) noexcept
{
    const std::lock_guard guard(waiters_.lock());
    if (over_)
    {
        return false;
    }
    waiters_.push_back(mine, ticket);
    return true;
}

waiter* pending_operation::end() noexcept
{
    const std::lock_guard guard(waiters_.lock());
    over_ = true;
    return waiters_.claim_first();
}

void pending_operation::end_with_result() noexcept
{
    // Read before: without somebody to wake, the frame may be gone right after.
    auto& fiber = fiber_;
    if (end() != nullptr)
    {
        fiber.core->resume_from_handler(fiber);
    }
}

void pending_operation::end_without_result() noexcept
{
    // Somewhere in a destructor: not the place to run a fiber in.
    if (const auto who = end())
    {
        deliver(*who);
    }
}

void pending_operation::cancel_and_wait() noexcept
{
    if (is_over())
    {
        return;
    }
    signal_.emit(boost::asio::cancellation_type::all);
    wait_entry mine(fiber_);
    {
        const std::lock_guard guard(waiters_.lock());
        if (over_)
        {
            return;
        }
        waiters_.push_back(mine, wait_kind::operation);
    }
    fiber_.core->park(fiber_);
}

} // namespace weft::detail
