// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_UDP_HPP
#define WEFT_IO_UDP_HPP

#include <weft/io/datagram_socket.hpp>

#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/udp.hpp>

/// UDP with calls that wait with the fiber: see `basic_datagram_socket`.
///
/// Broadcast: `set_option(asio::socket_base::broadcast(true))`. Multicast: `set_option(asio::ip::multicast::join_group(…))`
/// and its neighbours.
namespace weft::udp
{

/// An address and a port.
using endpoint = boost::asio::ip::udp::endpoint;
/// Sends and receives datagrams.
using socket = basic_datagram_socket<boost::asio::ip::udp>;

} // namespace weft::udp

#endif
