// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_BEAST_HOOKS_HPP
#define WEFT_IO_DETAIL_BEAST_HOOKS_HPP

#include <weft/io/detail/byte_stream.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

namespace boost::beast
{

enum class role_type;

}

// What Beast's WebSocket wants to know of a stream that it has not heard of. It finds these by their arguments.
namespace weft
{

namespace detail
{

/// Reads until the peer has ended the stream.
template <class S>
void drain(S& stream, boost::system::error_code& error)
{
    char nobody_reads_it[1024];
    do
    {
        stream.read_some(boost::asio::buffer(nobody_reads_it), error);
    } while (!error);
    if (error == boost::asio::error::eof)
    {
        error = {};
    }
}

} // namespace detail

/// Ends the connection below a WebSocket; the server's side does so first.
template <class S>
    requires stream<S> && detail::has_half_close<S> && detail::has_close<S>
void teardown(boost::beast::role_type role, S& connection, boost::system::error_code& error)
{
    const auto is_server = static_cast<int>(role) == 1;
    if (is_server)
    {
        connection.shutdown(boost::asio::socket_base::shutdown_send, error);
        if (error)
        {
            return;
        }
    }
    detail::drain(connection, error);
    if (!error)
    {
        if (!is_server)
        {
            boost::system::error_code peer_has_gone;
            connection.shutdown(boost::asio::socket_base::shutdown_send, peer_has_gone);
        }
        connection.close(error);
    }
}

/// Ends it at once.
template <class S>
    requires stream<S> && detail::has_close<S>
void beast_close_socket(S& connection)
{
    boost::system::error_code ignored;
    connection.close(ignored);
}

} // namespace weft

#endif
