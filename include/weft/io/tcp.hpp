// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_TCP_HPP
#define WEFT_IO_TCP_HPP

#include <weft/io/acceptor.hpp>
#include <weft/io/detail/beast_hooks.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <span>
#include <string_view>

/// TCP with calls that wait with the fiber: see `basic_stream_socket` and `basic_acceptor`.
namespace weft::tcp
{

/// An address and a port.
using endpoint = boost::asio::ip::tcp::endpoint;
/// A connection.
using socket = basic_stream_socket<boost::asio::ip::tcp>;
/// Takes connections.
using acceptor = basic_acceptor<boost::asio::ip::tcp>;

/// How `connect` tries several addresses.
struct connect_options
{
    /// How long an attempt has the field for itself.
    std::chrono::steady_clock::duration attempt_delay = std::chrono::milliseconds(250);
};

/// Connects to the one of several addresses that answers first ("happy eyeballs", RFC 8305): attempts begin in the given
/// order, IPv6 and IPv4 in turn; the next one when the one before has failed or is silent for `attempt_delay`. The first
/// connection ends the others.
///
/// Blocks: the fiber.
/// Cancellation: `operation_aborted`. Errors: that of the attempt which failed last; `not_found` without addresses;
/// `timed_out` when the inherited deadline comes first; `operation_not_permitted` outside of fibers.
socket connect(std::span<const endpoint> addresses, boost::system::error_code& error,
               const connect_options& options = {});
socket connect(std::span<const endpoint> addresses, const connect_options& options = {});

/// Looks the host up and connects to the one of its addresses that answers first. Errors: those of the look-up, too.
socket connect(std::string_view host, std::string_view service, boost::system::error_code& error,
               const connect_options& options = {});
socket connect(std::string_view host, std::string_view service, const connect_options& options = {});

} // namespace weft::tcp

#endif
