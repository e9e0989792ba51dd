// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/gate.hpp>

#include "misuse.hpp"

#include <mutex>

namespace weft
{

void gate::enter()
{
    if (!try_enter())
    {
        detail::throw_not_permitted("weft::gate::enter: the gate is closed");
    }
}

void gate::leave()
{
    auto word = word_.load(std::memory_order_relaxed);
    for (;;)
    {
        if (word < one_user)
        {
            detail::throw_not_permitted("weft::gate::leave: nobody is inside");
        }
        if ((word & has_waiters) != 0 && word < 2 * one_user)
        {
            leave_last();
            return;
        }
        if (word_.compare_exchange_weak(word, word - one_user, std::memory_order_acq_rel, std::memory_order_relaxed))
        {
            return;
        }
    }
}

/// The caller has seen waiters and nobody inside but itself, which may have changed. It is still inside.
void gate::leave_last() noexcept
{
    auto& list = waiters_.entries();
    detail::wait_list::entries claimed;
    {
        const std::lock_guard guard(list.lock());
        auto word = word_.load(std::memory_order_relaxed);
        std::uint64_t rest = 0;
        do
        {
            rest = word - one_user;
            if (rest < one_user)
            {
                rest &= ~has_waiters;
            }
        } while (!word_.compare_exchange_weak(word, rest, std::memory_order_acq_rel, std::memory_order_relaxed));
        if (rest < one_user)
        {
            // Whoever could destroy the gate by now has to come through this lock first.
            list.claim_all(claimed);
        }
    }
    detail::deliver_all(claimed);
}

bool gate::wait_before(detail::time_point limit)
{
    const auto empty_or_announce = [this] {
        auto word = word_.load(std::memory_order_acquire);
        while (word >= one_user)
        {
            if (word_.compare_exchange_weak(word, word | has_waiters, std::memory_order_acquire))
            {
                return false;
            }
        }
        return true;
    };
    return detail::in_time(waiters_.wait_unless(empty_or_announce, {detail::wait_kind::interruptible, limit}));
}

} // namespace weft
