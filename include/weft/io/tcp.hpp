// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_TCP_HPP
#define WEFT_IO_TCP_HPP

#include <weft/io/acceptor.hpp>
#include <weft/io/detail/beast_hooks.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <string_view>

/// TCP with calls that wait with the fiber: see `basic_stream_socket` and `basic_acceptor`.
namespace weft::tcp
{

using endpoint = boost::asio::ip::tcp::endpoint;
using socket = basic_stream_socket<boost::asio::ip::tcp>;
using acceptor = basic_acceptor<boost::asio::ip::tcp>;

/// Looks the host up and connects to the first of its addresses that answers.
///
/// Blocks: the fiber.
/// Cancellation: `operation_aborted`.
/// Errors: those of the look-up and of the last attempt; `timed_out` when the inherited deadline comes first;
/// `operation_not_permitted` outside of fibers.
socket connect(std::string_view host, std::string_view service);

} // namespace weft::tcp

#endif
