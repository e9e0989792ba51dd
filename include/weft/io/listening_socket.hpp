// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_LISTENING_SOCKET_HPP
#define WEFT_IO_LISTENING_SOCKET_HPP

#include <weft/io/acceptor.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <sys/socket.h>

namespace weft
{

namespace detail
{

/// Opens, binds and listens. Errors: those of the system.
int open_listening(const sockaddr* where, std::size_t size, int type, int protocol, const listen_options& options);
/// Errors: those of the system.
int duplicate_descriptor(int descriptor);
void close_descriptor(int descriptor) noexcept;

} // namespace detail

/// A socket that listens and belongs to no execution context, to be opened before a process forks: all children have it,
/// and what waits in its queue is lost only when the last of them has closed it.
///
///     acceptor.assign(port.duplicate());
///
/// Thread safety: distinct objects, any thread.
template <class Protocol>
class basic_listening_socket
{
public:
    using endpoint_type = typename Protocol::endpoint;

    /// Errors: those of the system.
    explicit basic_listening_socket(const endpoint_type& where, const listen_options& options = {})
        : descriptor_(detail::open_listening(where.data(), where.size(), where.protocol().type(),
                                             where.protocol().protocol(), options))
    {
    }
    basic_listening_socket(const basic_listening_socket&) = delete;
    basic_listening_socket& operator=(const basic_listening_socket&) = delete;
    ~basic_listening_socket()
    {
        detail::close_descriptor(descriptor_);
    }

    /// Stays this object's.
    int native_handle() const noexcept
    {
        return descriptor_;
    }

    /// One more descriptor of the same socket, the caller's, for an acceptor. Errors: those of the system.
    int duplicate() const
    {
        return detail::duplicate_descriptor(descriptor_);
    }

    /// Where it listens. Errors: those of the system.
    endpoint_type local_endpoint() const
    {
        endpoint_type where;
        boost::system::error_code error;
        const auto size = detail::address_of(descriptor_, where.data(), where.capacity(), error);
        detail::throw_error(error, "local_endpoint");
        where.resize(size);
        return where;
    }

private:
    const int descriptor_;
};

namespace tcp
{
/// A TCP port, for all processes that are forked.
using listening_socket = basic_listening_socket<boost::asio::ip::tcp>;
} // namespace tcp

namespace local
{
/// A local socket, for all processes that are forked.
using listening_socket = basic_listening_socket<boost::asio::local::stream_protocol>;
} // namespace local

} // namespace weft

#endif
