// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/waker.hpp>
#include <weft/io/fork.hpp>

#include "blocking_core.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/query.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <unistd.h>

namespace weft
{

pid_t fork(std::initializer_list<std::reference_wrapper<boost::asio::execution_context>> contexts)
{
    using event = boost::asio::execution_context::fork_event;
    std::unique_lock<std::mutex> no_new_pool;
    const auto pools = detail::blocking_core::all(no_new_pool);

    for (const auto& each : contexts)
    {
        each.get().notify_fork(event::fork_prepare);
    }
    // After Asio: what a pool's thread has finished is with its io_context by now, and nothing more comes.
    for (const auto& pool : pools)
    {
        pool->before_fork();
    }
    const auto child = ::fork();
    const auto error = errno;
    const auto here = child == 0 ? event::fork_child : event::fork_parent;
    for (const auto& each : contexts)
    {
        each.get().notify_fork(here);
    }
    // In the child this wakes fibers, through reactors that are its own by now.
    for (const auto& pool : pools)
    {
        child == 0 ? pool->after_fork_in_child() : pool->after_fork_in_parent();
    }
    if (child == 0)
    {
        for (const auto& pool : pools)
        {
            pool->restart_in_child();
        }
    }
    if (child < 0)
    {
        throw boost::system::system_error(error, boost::system::system_category(), "weft::fork");
    }
    return child;
}

pid_t fork()
{
    auto& fiber = detail::require_fiber("weft::fork: outside of fibers it must be told the execution context");
    return fork(boost::asio::query(fiber.core->get_executor(), boost::asio::execution::context));
}

} // namespace weft
