// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "scheduler_service.hpp"

#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/log/logger.hpp>

#include "report.hpp"
#include "scheduler_driver.hpp"

#include <algorithm>

namespace weft::detail
{

boost::asio::execution_context::id scheduler_service::id;

scheduler_service::scheduler_service(boost::asio::execution_context& context) : service(context)
{
    log::set_fiber_name_source(&write_fiber_label);
}

scheduler_service::~scheduler_service()
{
    if (own_ != nullptr)
    {
        own_->release();
    }
}

scheduler_core& scheduler_service::own(const boost::asio::any_io_executor& executor)
{
    // Made outside the lock, because a scheduler enters itself here.
    {
        const std::lock_guard lock(mutex_);
        if (own_ != nullptr)
        {
            return *own_;
        }
    }
    const auto fresh = new scheduler_core(executor);
    const std::lock_guard lock(mutex_);
    if (own_ != nullptr)
    {
        // Another thread was faster; `fresh` has no fiber and may go.
        std::erase(entered_, fresh);
        fresh->forget_service();
        fresh->release();
        return *own_;
    }
    own_ = fresh;
    own_->set_belongs_to_context();
    return *own_;
}

void scheduler_service::enter(scheduler_core& core)
{
    const std::lock_guard lock(mutex_);
    entered_.push_back(&core);
}

void scheduler_service::leave(scheduler_core& core) noexcept
{
    const std::lock_guard lock(mutex_);
    std::erase(entered_, &core);
}

void scheduler_service::shutdown()
{
    std::vector<scheduler_core*> entered;
    {
        const std::lock_guard lock(mutex_);
        entered.swap(entered_);
    }
    for (const auto core : entered)
    {
        core->forget_service();
        // Not now: operations of other services may still use memory of the fibers' frames. Behind every handler that
        // waits to be destroyed it is safe, and sockets may still be destroyed then.
        scheduler_driver::post_tear_down(*core, 0);
    }
}

} // namespace weft::detail
