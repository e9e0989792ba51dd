// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/asio_servers.hpp"
#include "io/echo_servers.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <utility>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class callback_session : public std::enable_shared_from_this<callback_session>
{
public:
    explicit callback_session(tcp::socket peer) : peer_(std::move(peer)) {}

    void read()
    {
        peer_.async_read_some(asio::buffer(data_), [self = shared_from_this()](error_code error, std::size_t count) {
            if (!error)
            {
                self->write(count);
            }
        });
    }

private:
    void write(std::size_t count)
    {
        asio::async_write(peer_, asio::buffer(data_, count),
                          [self = shared_from_this()](error_code error, std::size_t) {
                              if (!error)
                              {
                                  self->read();
                              }
                          });
    }

    tcp::socket peer_;
    std::array<char, echo_buffer_size> data_;
};

void echo(tcp::socket& peer, asio::yield_context yield)
{
    std::array<char, echo_buffer_size> data;
    error_code error;
    while (!error)
    {
        const auto count = peer.async_read_some(asio::buffer(data), yield[error]);
        if (!error)
        {
            asio::async_write(peer, asio::buffer(data, count), yield[error]);
        }
    }
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)

asio::awaitable<void> echo(tcp::socket peer)
{
    std::array<char, echo_buffer_size> data;
    error_code error;
    while (!error)
    {
        const auto count =
            co_await peer.async_read_some(asio::buffer(data), asio::redirect_error(asio::use_awaitable, error));
        if (!error)
        {
            co_await asio::async_write(peer, asio::buffer(data, count),
                                       asio::redirect_error(asio::use_awaitable, error));
        }
    }
}

#endif

} // namespace

void serve_with_asio_callbacks(int listener)
{
    serve_with_callbacks(listener,
                         [](tcp::socket peer) { std::make_shared<callback_session>(std::move(peer))->read(); });
}

void serve_with_asio_spawn(int listener)
{
    asio::io_context io(1);
    tcp::acceptor acceptor(io, tcp::v4(), listener);
    asio::spawn(
        io,
        [&](asio::yield_context yield) {
            for (;;)
            {
                auto peer = acceptor.async_accept(yield);
                peer.set_option(tcp::no_delay(true));
                asio::spawn(
                    io, [peer = std::move(peer)](asio::yield_context own) mutable { echo(peer, own); }, asio::detached);
            }
        },
        asio::detached);
    io.run();
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)

void serve_with_asio_awaitable(int listener)
{
    serve_with_awaitables(listener, [](tcp::socket peer) { return echo(std::move(peer)); });
}

#endif

} // namespace weft::bench
