// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/http_servers.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <memory>
#include <utility>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

class callback_session : public std::enable_shared_from_this<callback_session>
{
public:
    explicit callback_session(tcp::socket peer) : peer_(std::move(peer)) {}

    void read()
    {
        request_ = {};
        http::async_read(peer_, buffer_, request_, [self = shared_from_this()](error_code error, std::size_t) {
            if (!error)
            {
                self->write();
            }
        });
    }

private:
    void write()
    {
        response_ = respond_to(request_);
        http::async_write(peer_, response_, [self = shared_from_this()](error_code error, std::size_t) {
            if (!error)
            {
                self->read();
            }
        });
    }

    tcp::socket peer_;
    beast::flat_buffer buffer_;
    http_request request_;
    http_response response_;
};

void accept_next(tcp::acceptor& acceptor)
{
    acceptor.async_accept([&](error_code error, tcp::socket peer) {
        if (!error)
        {
            peer.set_option(tcp::no_delay(true));
            std::make_shared<callback_session>(std::move(peer))->read();
        }
        accept_next(acceptor);
    });
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)

asio::awaitable<void> converse(tcp::socket peer)
{
    beast::flat_buffer buffer;
    error_code error;
    for (;;)
    {
        http_request request;
        co_await http::async_read(peer, buffer, request, asio::redirect_error(asio::use_awaitable, error));
        if (error)
        {
            co_return;
        }
        auto response = respond_to(request);
        co_await http::async_write(peer, response, asio::redirect_error(asio::use_awaitable, error));
    }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor)
{
    for (;;)
    {
        auto peer = co_await acceptor.async_accept(asio::use_awaitable);
        peer.set_option(tcp::no_delay(true));
        asio::co_spawn(acceptor.get_executor(), converse(std::move(peer)), asio::detached);
    }
}

#endif

} // namespace

void serve_http_with_asio_callbacks(int listener)
{
    asio::io_context io(1);
    tcp::acceptor acceptor(io, tcp::v4(), listener);
    accept_next(acceptor);
    io.run();
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)

void serve_http_with_asio_awaitable(int listener)
{
    asio::io_context io(1);
    tcp::acceptor acceptor(io, tcp::v4(), listener);
    asio::co_spawn(io, accept_all(acceptor), asio::detached);
    io.run();
}

#endif

} // namespace weft::bench
