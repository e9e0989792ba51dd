// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/algorithm.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/waker.hpp>

#include "scheduler_service.hpp"

namespace weft
{

scheduler::scheduler(boost::asio::any_io_executor executor) : core_(new detail::scheduler_core(std::move(executor))) {}

scheduler scheduler::of(boost::asio::io_context& io)
{
    return scheduler(boost::asio::use_service<detail::scheduler_service>(io).own(io.get_executor()));
}

scheduler scheduler::current()
{
    return scheduler(*detail::require_fiber("weft::scheduler::current").core);
}

scheduler_counters scheduler::counters() const noexcept
{
    const auto running = detail::current_core() == core_ ? 1u : 0u;
    scheduler_counters result;
    result.switches = core_->counters.switches;
    result.spawned = core_->counters.spawned;
    result.rounds = core_->counters.rounds;
    result.live = core_->live_count();
    result.ready = core_->ready_count();
    result.suspended = result.live - result.ready - running;
    return result;
}

void scheduler::use_algorithm(std::unique_ptr<algorithm> chosen)
{
    core_->use_algorithm(std::move(chosen));
}

void scheduler::cancel_all(cancel_reason why) noexcept
{
    core_->cancel_all(why);
}

namespace detail
{

scheduler scheduler_for(const boost::asio::any_io_executor& executor)
{
    const auto own = executor.target<boost::asio::io_context::executor_type>();
    return own != nullptr ? scheduler::of(own->context()) : scheduler(executor);
}

} // namespace detail

} // namespace weft
