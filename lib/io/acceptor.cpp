// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/acceptor.hpp>
#include <weft/log/log.hpp>

#include <boost/system/errc.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <netinet/in.h>
#include <thread>

namespace weft::detail
{

namespace
{

boost::system::error_code last_error() noexcept
{
    return {errno, boost::system::system_category()};
}

void set_flag(int descriptor, int level, int name, const char* what)
{
    const int on = 1;
    if (::setsockopt(descriptor, level, name, &on, sizeof(on)) != 0)
    {
        throw_error(last_error(), what);
    }
}

/// -1 if it has none.
int get_number(int descriptor, int name) noexcept
{
    int value = -1;
    socklen_t size = sizeof(value);
    return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

} // namespace

void prepare_to_listen(int descriptor, int family, const listen_options& options)
{
    set_flag(descriptor, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
    if (options.reuse_port)
    {
        set_flag(descriptor, SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT");
    }
    if (options.v6_only && family == AF_INET6)
    {
        set_flag(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY");
    }
}

std::size_t address_of(int descriptor, sockaddr* where, std::size_t capacity, boost::system::error_code& error)
{
    error = {};
    auto size = static_cast<socklen_t>(capacity);
    if (::getsockname(descriptor, where, &size) != 0)
    {
        error = last_error();
    }
    else if (size > capacity)
    {
        error = make_error_code(boost::system::errc::invalid_argument);
    }
    return size;
}

void check_listening(int descriptor, bool of_this_family, int type, boost::system::error_code& error)
{
    error = {};
    if (!of_this_family || get_number(descriptor, SO_TYPE) != type || get_number(descriptor, SO_ACCEPTCONN) != 1)
    {
        error = make_error_code(boost::system::errc::invalid_argument);
    }
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

} // namespace weft::detail
