// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/waker.hpp>

#include "blocking_core.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>
#include <boost/system/system_error.hpp>

namespace weft
{
namespace detail
{
namespace
{

/// Sees to it that the threads of the pools have done with the fibers of an execution context before that goes away.
class blocking_service : public boost::asio::execution_context::service
{
public:
    static boost::asio::execution_context::id id;

    explicit blocking_service(boost::asio::execution_context& context) : service(context) {}

private:
    void shutdown() override
    {
        for (const auto& pool : blocking_core::all())
        {
            pool->leave(this);
        }
    }
};

boost::asio::execution_context::id blocking_service::id;

} // namespace

bool is_blocking_call_of_fiber()
{
    if (current_core() != nullptr)
    {
        return true;
    }
    require_may_block();
    return false;
}

const void* home_of_running_fiber()
{
    auto& context = boost::asio::query(current_core()->get_executor(), boost::asio::execution::context);
    return &boost::asio::use_service<blocking_service>(context);
}

boost::system::error_code start_blocking(blocking_core& pool, blocking_task& task)
{
    return pool.submit(task);
}

boost::system::error_code run_blocking(blocking_core& pool, blocking_task& task)
{
    auto& core = *current_core();
    auto& fiber = *core.current;
    sleeper me(core);
    if (me.is_canceled(wait_kind::interruptible))
    {
        return boost::asio::error::operation_aborted;
    }
    if (fiber.deadline != time_point::max() && fiber.deadline <= core.now())
    {
        return boost::asio::error::timed_out;
    }
    task.home = home_of_running_fiber();
    task.who = &fiber;
    const auto ticket = fiber.arm(me.effective(wait_kind::interruptible));
    task.ticket = ticket;
    if (const auto refused = pool.submit(task))
    {
        cancel_wait(fiber, ticket);
        return refused;
    }
    const auto outcome = me.sleep(ticket, {});
    if (outcome != wait_outcome::notified) [[unlikely]]
    {
        return pool.settle(task, core, outcome);
    }
    return task.state == blocking_task::progress::done ? boost::system::error_code()
                                                       : boost::asio::error::operation_aborted;
}

void run_blocking_or_throw(blocking_core& pool, blocking_task& task)
{
    if (const auto error = run_blocking(pool, task))
    {
        throw boost::system::system_error(error, "weft::blocking_call");
    }
}

} // namespace detail

blocking_pool::blocking_pool(const options& bounds) : core_(detail::blocking_core::make(bounds))
{
    try
    {
        core_->start_min_threads();
    }
    catch (...)
    {
        core_->close();
        throw;
    }
}

blocking_pool::~blocking_pool()
{
    core_->close();
}

blocking_pool& blocking_pool::shared()
{
    static auto& only = *new blocking_pool; // fibers of static objects may still need it when others have gone
    return only;
}

void blocking_pool::set_options(const options& bounds)
{
    core_->set_options(bounds);
}

blocking_pool_statistics blocking_pool::statistics() const
{
    return core_->statistics();
}

} // namespace weft
