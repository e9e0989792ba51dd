// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/latch.hpp>

#include "misuse.hpp"

namespace weft
{

latch::latch(std::ptrdiff_t expected) : left_(expected)
{
    if (expected < 0)
    {
        detail::throw_invalid("weft::latch: a negative count");
    }
}

void latch::count_down(std::ptrdiff_t n)
{
    constexpr auto bad_count = "weft::latch::count_down: not that many are left";
    auto left = left_.load(std::memory_order_relaxed);
    for (;;)
    {
        if (n < 0 || n > left)
        {
            detail::throw_invalid(bad_count);
        }
        if (n == left)
        {
            break;
        }
        if (left_.compare_exchange_weak(left, left - n, std::memory_order_acq_rel, std::memory_order_relaxed))
        {
            return;
        }
    }
    if (n != 0)
    {
        // All that is left is the caller's, so nobody else counts any more. The acquisition is what makes visible, to
        // those who see zero, what the others did before they counted.
        left_.load(std::memory_order_acquire);
        waiters_.notify_all([this] { left_.store(0, std::memory_order_release); });
    }
}

bool latch::wait_before(detail::time_point limit) const
{
    const auto outcome = waiters_.wait_unless([this] { return try_wait(); }, {detail::wait_kind::interruptible, limit});
    return detail::in_time(outcome);
}

} // namespace weft
