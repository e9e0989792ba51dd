// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/acceptor.hpp>
#include <weft/io/stream_socket.hpp>
#include <weft/log/log.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <poll.h>
#include <thread>

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

accept_reaction react_to_accept_error(const boost::system::error_code& error) noexcept
{
    if (!error)
    {
        return accept_reaction::report;
    }
    namespace errc = boost::system::errc;
    for (const auto shortage : {errc::too_many_files_open, errc::too_many_files_open_in_system, errc::no_buffer_space,
                                errc::not_enough_memory})
    {
        if (error == shortage)
        {
            return accept_reaction::back_off;
        }
    }
    // Linux passes errors of the connection to be accepted on to accept().
    for (const auto gone : {errc::connection_aborted, errc::protocol_error, errc::network_down, errc::host_unreachable,
                            errc::network_unreachable, errc::no_protocol_option})
    {
        if (error == gone)
        {
            return accept_reaction::retry;
        }
    }
    return accept_reaction::report;
}

void accept_back_off::wait(const boost::system::error_code& reason, boost::system::error_code& error)
{
    constexpr int first = 5;
    constexpr int longest = 100;
    milliseconds_ = milliseconds_ == 0 ? first : std::min(2 * milliseconds_, longest);
    WEFT_LOG_LIMITED(warn, std::chrono::seconds(1), "accept: {}; trying again in {} ms", reason.message(),
                     milliseconds_);
    const std::chrono::milliseconds pause(milliseconds_);
    if (!this_fiber::is_fiber())
    {
        std::this_thread::sleep_for(pause);
        return;
    }
    try
    {
        this_fiber::sleep_for(pause);
    }
    catch (const boost::system::system_error& failure)
    {
        error = failure.code();
    }
}

} // namespace detail

} // namespace weft
