// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/call_once.hpp>

#include <mutex>

namespace weft
{

once_flag::beginning once_flag::begin(detail::time_point limit)
{
    const auto self = detail::current_owner();
    if (state_.load(std::memory_order_relaxed) == self)
    {
        detail::throw_relock();
    }
    const auto outcome = waiters_.wait_unless(
        [this, self] {
            detail::owner_word free = 0;
            return state_.compare_exchange_strong(free, self, std::memory_order_acquire) || free == done;
        },
        {detail::wait_kind::interruptible, limit});
    if (!detail::in_time(outcome))
    {
        return beginning::late;
    }
    return is_done() ? beginning::done : beginning::call;
}

void once_flag::finish() noexcept
{
    waiters_.notify_all([this] { state_.store(done, std::memory_order_release); });
}

void once_flag::give_up() noexcept
{
    auto& entries = waiters_.entries();
    detail::waiter* next = nullptr;
    {
        const std::lock_guard guard(entries.lock());
        next = entries.claim_first();
        state_.store(next != nullptr ? detail::owner_of(*next) : 0, std::memory_order_release);
    }
    if (next != nullptr)
    {
        detail::deliver(*next);
    }
}

} // namespace weft
