// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_IO_HTTP_SERVERS_HPP
#define WEFT_BENCH_IO_HTTP_SERVERS_HPP

#include <boost/asio/detail/config.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

// The same server by Beast on each system, as its users would write it: a fresh message for each request, and every
// connection is kept.

namespace weft::bench
{

inline constexpr const char* http_greeting = "Hello, world!\n";

using http_request = boost::beast::http::request<boost::beast::http::empty_body>;
using http_response = boost::beast::http::response<boost::beast::http::string_body>;

inline http_response respond_to(const http_request& request)
{
    http_response response(boost::beast::http::status::ok, request.version());
    response.set(boost::beast::http::field::content_type, "text/plain");
    response.keep_alive(request.keep_alive());
    response.body() = http_greeting;
    response.prepare_payload();
    return response;
}

void serve_http_with_weft(int listener);
void serve_http_with_asio_callbacks(int listener);
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
void serve_http_with_asio_awaitable(int listener);
#endif

} // namespace weft::bench

#endif
