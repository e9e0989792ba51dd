// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_IO_ASIO_SERVERS_HPP
#define WEFT_BENCH_IO_ASIO_SERVERS_HPP

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <utility>

// The accept loops of Asio's servers, on a socket that listens already.
namespace weft::bench
{

/// `start` gets each connection.
template <class Start>
void accept_each(boost::asio::ip::tcp::acceptor& acceptor, Start start)
{
    acceptor.async_accept([&acceptor, start](boost::system::error_code error, boost::asio::ip::tcp::socket peer) {
        if (!error)
        {
            peer.set_option(boost::asio::ip::tcp::no_delay(true));
            start(std::move(peer));
        }
        accept_each(acceptor, start);
    });
}

template <class Start>
void serve_with_callbacks(int listener, Start start)
{
    boost::asio::io_context io(1);
    boost::asio::ip::tcp::acceptor acceptor(io, boost::asio::ip::tcp::v4(), listener);
    accept_each(acceptor, start);
    io.run();
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)

/// `converse` makes a coroutine for each connection.
template <class Converse>
boost::asio::awaitable<void> accept_all(boost::asio::ip::tcp::acceptor& acceptor, Converse converse)
{
    for (;;)
    {
        auto peer = co_await acceptor.async_accept(boost::asio::use_awaitable);
        peer.set_option(boost::asio::ip::tcp::no_delay(true));
        boost::asio::co_spawn(acceptor.get_executor(), converse(std::move(peer)), boost::asio::detached);
    }
}

template <class Converse>
void serve_with_awaitables(int listener, Converse converse)
{
    boost::asio::io_context io(1);
    boost::asio::ip::tcp::acceptor acceptor(io, boost::asio::ip::tcp::v4(), listener);
    boost::asio::co_spawn(io, accept_all(acceptor, converse), boost::asio::detached);
    io.run();
}

#endif

} // namespace weft::bench

#endif
