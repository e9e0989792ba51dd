// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_POOL_WORKER_HPP
#define WEFT_FIBER_DETAIL_POOL_WORKER_HPP

#include <weft/fiber/detail/pool_job.hpp>
#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/detail/wait_list.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_storage.hpp>

#include <boost/intrusive/set.hpp>

#include <chrono>
#include <exception>
#include <optional>

namespace weft
{

class fiber_pool;

namespace detail
{

/// One fiber of a pool. Members without a remark are guarded by the pool's lock.
///
///     idle          in the pool's stack of idle workers; asleep, if it has a ticket, or not yet run
///     given         taken out by somebody who makes its job at the moment, or has: `job` is that side's until it hands over
///     neither       the job runs, or the worker looks for the next one
struct pool_worker
{
    explicit pool_worker(fiber_pool& owner) noexcept : pool(&owner) {}

    fiber_pool* const pool;
    std::optional<fiber_storage> storage; // constant
    fiber handle;                         // constant
    pool_job job;                         // see above
    pool_worker* below = nullptr;         ///< in the stack of idle ones, or in a list of those taken out
    wait_ticket ticket = 0;               ///< of its sleep; zero when it is awake
    wait_ticket taken_with = 0;           ///< the ticket when it was taken out; only for whoever has done that
    bool idle = false;
    bool given = false;
    bool handed_over = false; ///< the job is there, but its worker could not be woken for it
};

/// In the scheduler's unit: zero for less, the longest possible for more than that can express.
template <class Rep, class Period>
constexpr time_point::duration bounded(const std::chrono::duration<Rep, Period>& timeout)
{
    using seconds = std::chrono::duration<double>;
    if (timeout <= timeout.zero())
    {
        return time_point::duration::zero();
    }
    return seconds(timeout) >= seconds(time_point::duration::max()) ? time_point::duration::max()
                                                                    : std::chrono::ceil<time_point::duration>(timeout);
}

/// A job that waits for its time. Guarded by the pool's lock while it is in the set.
struct delayed_job : boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>
{
    time_point due;
    pool_job job;
    delayed_job* next = nullptr; ///< among the spare ones, or in a list of those taken out

    bool operator<(const delayed_job& other) const noexcept
    {
        return due < other.due;
    }
};

using delayed_jobs = boost::intrusive::multiset<delayed_job, boost::intrusive::constant_time_size<false>>;

/// A `post` that waits for a worker. `function` is in the frame of the waiting side, which sleeps until the worker has
/// taken it.
struct waiting_post : wait_entry
{
    waiting_post(waiter& me, void* what, void (*how)(pool_job&, void*, bool)) noexcept
        : wait_entry(me), function(what), emplace(how)
    {
    }

    void* function;
    void (*emplace)(pool_job&, void*, bool);
    bool refused = false;     ///< the pool has stopped
    std::exception_ptr error; ///< what `emplace` has thrown
};

} // namespace detail

} // namespace weft

#endif
