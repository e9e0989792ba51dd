// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/wait_queue.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/sync/async.hpp>
#include <weft/sync/detail/future_state.hpp>

#include <mutex>

namespace weft::detail
{

scheduler_core& require_creator()
{
    return *require_fiber("weft::async: only a fiber can make one; see weft::run and weft::spawn").core;
}

void throw_future_error(std::future_errc code)
{
    throw std::future_error(code);
}

std::exception_ptr broken_promise() noexcept
{
    return std::make_exception_ptr(std::future_error(std::future_errc::broken_promise));
}

void future_state::make_ready() noexcept
{
    wait_list::entries claimed;
    {
        const std::lock_guard guard(waiters_.lock());
        waiters_.claim_all(claimed);
        // The last access: whoever sees it may destroy this.
        ready_.store(true, std::memory_order_release);
    }
    deliver_all(claimed);
}

void future_state::abandon() noexcept
{
    // Without futures there is nobody to tell.
    if (references_.load(std::memory_order_acquire) != 1 && !is_claimed_.exchange(true, std::memory_order_acq_rel))
    {
        // The futures may give up theirs meanwhile, but not this reference.
        fail(broken_promise());
    }
    release();
}

wait_outcome future_state::wait_until_ready(const wait_limits& limits)
{
    if (is_deferred() && limits.until == time_point::max())
    {
        if (const auto run = run_deferred_.exchange(nullptr, std::memory_order_acq_rel))
        {
            run(*this);
            return wait_outcome::notified;
        }
    }
    const auto satisfied = [this] { return is_ready(); };
    const auto nothing = [] {};
    return wait_in(waiters_, satisfied, limits, nothing);
}

} // namespace weft::detail
