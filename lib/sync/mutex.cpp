// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/lock_wait.hpp>
#include <weft/sync/detail/stop_wake.hpp>
#include <weft/sync/mutex.hpp>

#include <mutex>

namespace weft::detail
{

void mutex_core::lock_contended(owner_word self)
{
    throw_if_torn_down(wait_for_hand_over(self, {wait_kind::plain, time_point::max()}, just_sleep));
}

bool mutex_core::lock(const std::stop_token& stop)
{
    if (stop.stop_requested())
    {
        return false;
    }
    const auto outcome = wait_for_hand_over(
        current_owner(), {}, [&stop](wait_entry& mine, auto sleep) { return sleep_unless_stopped(mine, stop, sleep); });
    if (outcome == wait_outcome::canceled && stop.stop_requested())
    {
        return false;
    }
    throw_if_failed(outcome);
    return true;
}

bool mutex_core::try_lock_until(time_point limit)
{
    return in_time(wait_for_hand_over(current_owner(), {wait_kind::interruptible, limit}, just_sleep));
}

template <class Around>
wait_outcome mutex_core::wait_for_hand_over(owner_word self, const wait_limits& limits, Around around)
{
    if (is_held_by(self))
    {
        throw_relock();
    }
    const auto owner = [](const void* lock) noexcept {
        return static_cast<const mutex_core*>(lock)->word_.load(std::memory_order_relaxed) & ~has_waiters;
    };
    const observed_lock_wait observed(self, this, owner, limits.kind != wait_kind::plain);
    const auto take_or_announce = [this, self] {
        auto word = word_.load(std::memory_order_relaxed);
        for (;;)
        {
            const auto wanted = word == 0 ? self : word | has_waiters;
            if (word_.compare_exchange_weak(word, wanted, std::memory_order_acquire, std::memory_order_relaxed))
            {
                return word == 0;
            }
        }
    };
    return wait_around(waiters_.entries(), take_or_announce, limits, around);
}

void mutex_core::unlock_contended()
{
    if (!is_held_by_caller())
    {
        throw_foreign_unlock();
    }
    auto& entries = waiters_.entries();
    waiter* next = nullptr;
    {
        const std::lock_guard guard(entries.lock());
        next = entries.claim_first();
        const auto word = next == nullptr ? 0 : owner_of(*next) | (entries.empty() ? 0 : has_waiters);
        word_.store(word, std::memory_order_release);
    }
    if (next != nullptr)
    {
        deliver(*next);
    }
}

} // namespace weft::detail
