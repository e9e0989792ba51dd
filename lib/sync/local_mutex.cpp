// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/local_mutex.hpp>

#include <system_error>

namespace weft
{

void local_mutex::settle(const detail::scheduler_core* core)
{
    if (core == nullptr || home_ != nullptr)
    {
        throw std::system_error(std::make_error_code(std::errc::operation_not_permitted),
                                "weft::local_mutex: used outside of its scheduler");
    }
    home_ = core;
}

void local_mutex::lock_contended(detail::scheduler_core& core)
{
    if (owner_ == core.current)
    {
        detail::throw_relock();
    }
    detail::sleeper me(core);
    detail::wait_entry mine(me.self());
    waiters_.push_back(mine, detail::wait_kind::plain);
    const auto outcome = me.sleep(mine.ticket, {detail::wait_kind::plain, detail::time_point::max()});
    if (outcome != detail::wait_outcome::notified)
    {
        waiters_.withdraw(mine);
        detail::throw_if_torn_down(outcome);
    }
}

void local_mutex::hand_over(detail::scheduler_core& core) noexcept
{
    const auto next = static_cast<detail::fiber_record*>(waiters_.claim_first());
    owner_ = next;
    if (next != nullptr)
    {
        core.deliver_here(*next);
    }
}

} // namespace weft
