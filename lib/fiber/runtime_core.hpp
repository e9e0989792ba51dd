// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_RUNTIME_CORE_HPP
#define WEFT_LIB_FIBER_RUNTIME_CORE_HPP

#include <weft/fiber/detail/timer_heap.hpp>
#include <weft/fiber/runtime_options.hpp>

#include "runtime_worker.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <vector>

namespace weft::detail
{

/// Behind which new threads wait until all of them are there, or one is not.
class start_gate
{
public:
    /// Whether to go on.
    bool wait();
    void open(bool go_on);
    /// Once more, when nobody waits.
    void close();

private:
    enum class position
    {
        closed,
        open,
        given_up
    };
    std::mutex mutex_;
    std::condition_variable moved_;
    position position_ = position::closed; // guarded by mutex_
};

/// What is behind `weft::runtime`.
class runtime_core
{
public:
    explicit runtime_core(runtime_options options);
    ~runtime_core();
    runtime_core(const runtime_core&) = delete;
    runtime_core& operator=(const runtime_core&) = delete;

    const runtime_options options;
    work_team team{options.moves};

    /// As many as there are from the beginning to the end.
    std::vector<std::unique_ptr<runtime_worker>> workers;

    void start();
    /// False when it has been stopped.
    bool start_unless_stopped();

    /// Stops when nothing is left of what was spawned.
    void drain() noexcept;
    /// Returns when no thread is left.
    void wait_for_end();

    void stop(time_point limit) noexcept;
    bool is_stopping() const noexcept
    {
        return stopping_.load();
    }
    /// By when the fibers must have ended on their own.
    time_point limit() const noexcept
    {
        return time_point(time_point::duration(limit_.load(std::memory_order_acquire)));
    }

    /// When the destructor gives the rest up.
    time_point last_limit() const noexcept
    {
        return time_point(time_point::duration(last_limit_.load(std::memory_order_acquire)));
    }

    /// Where the options put the next fiber.
    runtime_worker& choose() noexcept;
    /// Counts a fiber. Errors: `operation_aborted` when the runtime has been stopped; not counted then.
    void enter(runtime_worker& worker);
    void leave(runtime_worker& worker) noexcept;

    /// The worker that this is called on; `workers.size()` anywhere else.
    std::size_t this_worker() const noexcept;

    /// Keeps the first failure for those who join.
    void collect(runtime_worker& worker, const std::exception_ptr& error) noexcept;
    void throw_failure();

private:
    enum class state
    {
        idle,
        running,
        ended
    };

    void stop_if_drained() noexcept;
    void tell_workers() noexcept;

    // Read and written in one order with the counters of the workers, by whoever counts a fiber and whoever stops.
    std::atomic<bool> stopping_{false};
    std::atomic<bool> draining_{false};
    std::atomic<time_point::rep> limit_{time_point::max().time_since_epoch().count()};
    std::atomic<time_point::rep> last_limit_{time_point::max().time_since_epoch().count()};
    std::atomic<std::size_t> next_{0};

    start_gate gate_;
    std::mutex mutex_;
    std::condition_variable has_ended_;
    state state_ = state::idle; // guarded by mutex_, as all below
    bool joining_ = false;      ///< somebody joins the threads
    std::exception_ptr failure_;
};

} // namespace weft::detail

#endif
