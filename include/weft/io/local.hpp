// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_LOCAL_HPP
#define WEFT_IO_LOCAL_HPP

#include <weft/io/acceptor.hpp>
#include <weft/io/datagram_socket.hpp>
#include <weft/io/seqpacket_socket.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/asio/basic_seq_packet_socket.hpp>
#include <boost/asio/local/basic_endpoint.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/datagram_protocol.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/socket.h>
#include <utility>

/// Sockets within one machine, at a path, at an abstract name (which begins with a zero byte) or in pairs: streams,
/// datagrams, and connections that keep the borders of messages. See `basic_stream_socket`, `basic_datagram_socket` and
/// `basic_seqpacket_socket`. A path that was bound stays when the socket is closed; who binds it again removes it before.
namespace weft::local
{

/// Asio has none for these before Boost 1.82.
class seqpacket_protocol
{
public:
    using endpoint = boost::asio::local::basic_endpoint<seqpacket_protocol>;
    using socket = boost::asio::basic_seq_packet_socket<seqpacket_protocol>;
    using acceptor = boost::asio::basic_socket_acceptor<seqpacket_protocol>;

    /// Of the socket, as the system numbers it.
    int type() const noexcept
    {
        return SOCK_SEQPACKET;
    }
    /// Of the socket, as the system numbers it.
    int protocol() const noexcept
    {
        return 0;
    }
    /// Of the socket, as the system numbers it.
    int family() const noexcept
    {
        return AF_UNIX;
    }
};

/// Of streams: a path or an abstract name.
using endpoint = boost::asio::local::stream_protocol::endpoint;
/// A stream.
using socket = basic_stream_socket<boost::asio::local::stream_protocol>;
/// For streams.
using acceptor = basic_acceptor<boost::asio::local::stream_protocol>;

/// Of datagrams.
using datagram_endpoint = boost::asio::local::datagram_protocol::endpoint;
/// Datagrams.
using datagram = basic_datagram_socket<boost::asio::local::datagram_protocol>;

/// Of connections that keep the borders of messages.
using seqpacket_endpoint = seqpacket_protocol::endpoint;
/// A connection that keeps the borders of messages.
using seqpacket = basic_seqpacket_socket<seqpacket_protocol>;
/// For these.
using seqpacket_acceptor = basic_acceptor<seqpacket_protocol, seqpacket>;

/// Connects two closed sockets of the same kind with each other.
///
/// Blocks: never. Errors: those of the system; `already_open` if one of them is.
template <class Socket>
void connect_pair(Socket& one, Socket& other, boost::system::error_code& error)
{
    typename Socket::next_layer_type first(one.get_executor());
    typename Socket::next_layer_type second(other.get_executor());
    error = one.is_open() || other.is_open() ? boost::asio::error::already_open : boost::system::error_code();
    if (!error)
    {
        boost::asio::local::connect_pair(first, second, error);
    }
    if (!error)
    {
        one = Socket(std::move(first));
        other = Socket(std::move(second));
    }
}
template <class Socket>
void connect_pair(Socket& one, Socket& other)
{
    boost::system::error_code error;
    connect_pair(one, other, error);
    detail::throw_error(error, "connect_pair");
}

/// Two sockets that are connected with each other: streams, or `datagram` or `seqpacket`.
///
/// Blocks: never. Errors: those of the system.
template <class Socket = socket>
std::pair<Socket, Socket> socketpair(const boost::asio::any_io_executor& executor)
{
    std::pair<Socket, Socket> both(executor, executor);
    connect_pair(both.first, both.second);
    return both;
}
/// On the running fiber's scheduler. Errors: `operation_not_permitted` outside of fibers.
template <class Socket = socket>
std::pair<Socket, Socket> socketpair()
{
    return socketpair<Socket>(this_executor());
}

} // namespace weft::local

#endif
