// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/semaphore.hpp>

#include "misuse.hpp"

#include <mutex>

namespace weft::detail
{

semaphore_core::semaphore_core(std::ptrdiff_t desired, std::ptrdiff_t most) : count_(desired)
{
    if (desired < 0 || desired > most)
    {
        throw_invalid("weft::counting_semaphore: the initial count is out of range");
    }
}

void semaphore_core::release(std::ptrdiff_t update, std::ptrdiff_t most)
{
    constexpr auto bad_update = "weft::counting_semaphore::release: the count is out of range";
    if (update < 0 || update > most)
    {
        throw_invalid(bad_update);
    }
    auto count = count_.load(std::memory_order_relaxed);
    while (count != has_waiters)
    {
        if (update > most - count)
        {
            throw_invalid(bad_update);
        }
        if (count_.compare_exchange_weak(count, count + update, std::memory_order_release, std::memory_order_relaxed))
        {
            return;
        }
    }
    bool fits = true;
    auto& list = waiters_.entries();
    wait_list::entries claimed;
    {
        const std::lock_guard guard(list.lock());
        // Another release may have let the last waiter go meanwhile; then the count is anybody's to change.
        count = count_.load(std::memory_order_relaxed);
        while (
            count != has_waiters && (fits = update <= most - count) &&
            !count_.compare_exchange_weak(count, count + update, std::memory_order_release, std::memory_order_relaxed))
        {
        }
        if (count == has_waiters)
        {
            list.claim_up_to(update, claimed);
            count_.store(list.empty() ? update : has_waiters, std::memory_order_release);
        }
    }
    if (!fits)
    {
        throw_invalid(bad_update);
    }
    deliver_all(claimed);
}

bool semaphore_core::select_announce() noexcept
{
    auto count = count_.load(std::memory_order_relaxed);
    while (count == 0 && !count_.compare_exchange_weak(count, has_waiters, std::memory_order_relaxed))
    {
    }
    return count > 0;
}

bool semaphore_core::acquire_until(time_point limit)
{
    const auto take_or_announce = [this] {
        while (!try_acquire())
        {
            if (!select_announce())
            {
                return false;
            }
        }
        return true;
    };
    return in_time(waiters_.wait_unless(take_or_announce, {wait_kind::interruptible, limit}));
}

} // namespace weft::detail
