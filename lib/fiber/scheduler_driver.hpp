// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_SCHEDULER_DRIVER_HPP
#define WEFT_LIB_FIBER_SCHEDULER_DRIVER_HPP

#include <weft/fiber/detail/timer_heap.hpp>

#include "scheduler_list.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <optional>

namespace weft::detail
{

class fiber_record;
class scheduler_core;

/// What a scheduler wants from its executor: the pump, one timer, and that run() does not return while fibers live.
/// Only the owner of the round calls it.
class scheduler_driver
{
public:
    explicit scheduler_driver(boost::asio::any_io_executor executor);

    const boost::asio::any_io_executor& executor() const noexcept
    {
        return executor_;
    }

    /// One at most is under way, so that its memory can be reserved here: no allocation where the executor is an
    /// io_context's own; elsewhere the executor's type erasure may allocate.
    void post_pump(scheduler_core& core);

    /// Whether the caller is a handler of this executor. False where that cannot be told.
    bool is_running_here() const noexcept;

    void arm_timer(scheduler_core& core, time_point when);
    void disarm_timer();
    void hold();
    void unhold() noexcept;

    /// The fiber whose turn a tick has ended. It is not among the ready ones before the reactor has been asked and those
    /// that this has woken stand there: else it would run for another tick before a socket that is readable is seen.
    fiber_record* late = nullptr;
    bool has_asked_reactor = false;

    /// From the scheduler's construction to its end.
    std::optional<scheduler_entry> listed;

    /// Lets go of the timer and of the work, for good.
    void shut_down() noexcept;

    /// Lets go of the executor too, which must not outlive the execution context. Nothing can be posted from now on.
    void forget_executor() noexcept
    {
        executor_ = nullptr;
    }

    /// Queues something behind all handlers that wait to be destroyed with the execution context, and calls
    /// `core.tear_down` from its destructor, until that has succeeded.
    static void post_tear_down(scheduler_core& core, int attempt) noexcept;

private:
    friend struct pump_handler;
    static constexpr std::size_t pump_bytes = 256;

    boost::asio::any_io_executor executor_;
    boost::asio::io_context* io_context_;
    std::optional<boost::asio::steady_timer> timer_;
    std::optional<boost::asio::executor_work_guard<boost::asio::any_io_executor>> work_;
    alignas(std::max_align_t) std::byte pump_memory_[pump_bytes];
};

} // namespace weft::detail

#endif
