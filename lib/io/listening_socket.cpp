// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/listening_socket.hpp>

#include <boost/system/system_error.hpp>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace weft::detail
{

namespace
{

[[noreturn]] void throw_last_error(const char* what)
{
    throw boost::system::system_error(errno, boost::system::system_category(), what);
}

} // namespace

int open_listening(const sockaddr* where, std::size_t size, int type, int protocol, const listen_options& options)
{
    const int descriptor = ::socket(where->sa_family, type | SOCK_CLOEXEC, protocol);
    if (descriptor < 0)
    {
        throw_last_error("weft::listening_socket: socket");
    }
    try
    {
        prepare_to_listen(descriptor, where->sa_family, options);
        if (::bind(descriptor, where, static_cast<socklen_t>(size)) != 0)
        {
            throw_last_error("weft::listening_socket: bind");
        }
        if (::listen(descriptor, options.backlog) != 0)
        {
            throw_last_error("weft::listening_socket: listen");
        }
    }
    catch (...)
    {
        close_descriptor(descriptor);
        throw;
    }
    return descriptor;
}

int duplicate_descriptor(int descriptor)
{
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
    {
        throw_last_error("weft::listening_socket::duplicate");
    }
    return copy;
}

void close_descriptor(int descriptor) noexcept
{
    ::close(descriptor);
}

} // namespace weft::detail
