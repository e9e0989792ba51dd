// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_POOL_PARTS_HPP
#define WEFT_LIB_FIBER_POOL_PARTS_HPP

// What the sources of fiber_pool share.

#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/fiber/fiber_pool.hpp>

#include <exception>
#include <utility>

namespace weft
{

namespace detail
{

/// Ends the worker's sleep so that it looks again; the caller owes it a delivery after a true. Under the pool's lock.
inline bool claim_to_look_again(pool_worker& worker) noexcept
{
    return worker.ticket != 0 && worker.handle.record()->claim(worker.ticket, wake_reason::timed_out);
}

/// A yield of the running fiber that does not throw, also not while the scheduler goes away.
inline void let_others_run(scheduler_core& core) noexcept
{
    auto& self = *core.current;
    core.ready.push_back(self);
    core.leave(self);
}

} // namespace detail

/// The function of a worker's fiber. Leaves the pool when it is destroyed: also if the fiber never ran.
struct fiber_pool::worker_call
{
    explicit worker_call(detail::pool_worker& who) noexcept : me(&who) {}
    worker_call(worker_call&& other) noexcept : me(std::exchange(other.me, nullptr)) {}
    worker_call& operator=(worker_call&&) = delete;
    ~worker_call()
    {
        if (me != nullptr)
        {
            me->pool->leave(*me);
        }
    }

    void operator()() &&
    {
        me->pool->work(*me);
    }

    /// The fiber cannot start.
    void fail(std::exception_ptr why) noexcept
    {
        me->pool->fail(*me, std::move(why));
    }

    detail::pool_worker* me;
};

/// What is left to do without the lock when a pool has stopped.
struct fiber_pool::aftermath
{
    detail::wait_list::entries posts;
    detail::pool_worker* woken = nullptr;
    detail::delayed_job* dropped = nullptr;

    void finish(fiber_pool& pool) noexcept
    {
        detail::deliver_all(posts);
        while (dropped != nullptr)
        {
            auto& job = *std::exchange(dropped, dropped->next);
            job.job.reset();
            pool.return_delayed(job);
        }
        // Last: these end then, and with the last of them the pool may.
        while (woken != nullptr)
        {
            auto& worker = *std::exchange(woken, woken->below);
            detail::deliver(*worker.handle.record());
        }
    }
};

} // namespace weft

#endif
