// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/barrier.hpp>

#include "misuse.hpp"

#include <mutex>

namespace weft::detail
{

barrier_core::barrier_core(std::ptrdiff_t expected) : expected_(expected), left_(expected)
{
    if (expected < 0)
    {
        throw_invalid("weft::barrier: a negative count");
    }
}

barrier_core::arrival barrier_core::arrive(std::ptrdiff_t n, bool drop)
{
    {
        const std::lock_guard guard(waiters_.entries().lock());
        if (n > 0 && n <= left_)
        {
            left_ -= n;
            expected_ -= drop ? 1 : 0;
            return {phase_, left_ == 0};
        }
    }
    throw_invalid("weft::barrier::arrive: not that many are expected");
}

void barrier_core::complete() noexcept
{
    waiters_.notify_all([this] {
        left_ = expected_;
        ++phase_;
    });
}

bool barrier_core::wait(phase_number phase, time_point limit) const
{
    return in_time(waiters_.wait_unless([this, phase] { return phase_ != phase; }, {wait_kind::interruptible, limit}));
}

} // namespace weft::detail
