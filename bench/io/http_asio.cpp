// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/asio_servers.hpp"
#include "io/http_servers.hpp"

#include <boost/asio/awaitable.hpp>
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

#endif

} // namespace

void serve_http_with_asio_callbacks(int listener)
{
    serve_with_callbacks(listener,
                         [](tcp::socket peer) { std::make_shared<callback_session>(std::move(peer))->read(); });
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)

void serve_http_with_asio_awaitable(int listener)
{
    serve_with_awaitables(listener, converse);
}

#endif

} // namespace weft::bench
