// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/detail/io_object.hpp>

#include <cerrno>
#include <poll.h>

namespace weft
{

boost::asio::any_io_executor this_executor()
{
    return detail::require_fiber("weft: I/O objects without an executor belong to the running fiber's")
        .core->get_executor();
}

namespace detail
{

void throw_error(const boost::system::error_code& error, const char* what)
{
    if (error)
    {
        throw boost::system::system_error(error, what);
    }
}

void throw_unless_end(const boost::system::error_code& error, const char* what)
{
    if (error != boost::asio::error::eof)
    {
        throw_error(error, what);
    }
}

void begin_call(boost::system::error_code& error)
{
    error = {};
    if (const auto core = current_core())
    {
        core->take_turn(scheduler_core::cost_of_system_call);
        this_fiber::cancellation_point(error);
    }
}

bool let_others_run() noexcept
{
    const auto core = current_core();
    if (core == nullptr || core->ready.empty() || core->current->torn_down)
    {
        return false;
    }
    auto& self = *core->current;
    core->ready.push_back(self);
    core->leave(self);
    return true;
}

void wait_as_thread(int descriptor, boost::asio::socket_base::wait_type what, boost::system::error_code& error)
{
    error = blocking_error();
    if (error)
    {
        return;
    }
    pollfd one{};
    one.fd = descriptor;
    one.events = static_cast<short>(what == boost::asio::socket_base::wait_read    ? POLLIN
                                    : what == boost::asio::socket_base::wait_write ? POLLOUT
                                                                                   : POLLPRI);
    int result = 0;
    do
    {
        result = ::poll(&one, 1, -1);
    } while (result < 0 && errno == EINTR);
    error =
        result < 0 ? boost::system::error_code(errno, boost::system::system_category()) : boost::system::error_code();
}

} // namespace detail

} // namespace weft
