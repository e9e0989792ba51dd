// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/io/tcp.hpp>

#include "cases.hpp"
#include "io/http_servers.hpp"
#include "io/load_client.hpp"
#include "io/request_cases.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <memory>
#include <stdexcept>
#include <string>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;
namespace http = boost::beast::http;

void converse(tcp::socket& peer)
{
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    for (;;)
    {
        http_request request;
        http::read(peer, buffer, request, error);
        if (error)
        {
            return;
        }
        http::write(peer, respond_to(request), error);
    }
}

std::string request_of(std::size_t)
{
    return "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: weft_bench\r\nAccept: */*\r\n\r\n";
}

/// Other fields, as Go's date, do not matter.
bool is_greeting(std::string_view answer, std::string_view)
{
    const auto end = answer.find("\r\n\r\n");
    if (end == answer.npos || answer.size() < end + 4 + std::string_view(http_greeting).size())
    {
        return false;
    }
    if (!answer.starts_with("HTTP/1.1 200 OK\r\n") || answer.substr(end + 4) != http_greeting)
    {
        throw std::runtime_error("the server gives another answer");
    }
    return true;
}

} // namespace

void serve_http_with_weft(int listener)
{
    run([=] {
        tcp::acceptor acceptor(tcp::acceptor::next_layer_type(this_executor(), asio::ip::tcp::v4(), listener));
        for (;;)
        {
            auto peer = acceptor.accept();
            peer.set_option(asio::ip::tcp::no_delay(true));
            fiber([peer = std::move(peer)]() mutable { converse(peer); }).detach();
        }
    });
}

void add_http_cases(registry& all)
{
    constexpr std::size_t connections = 100;
    const auto clients = [=](std::uint16_t port) -> load {
        const auto client = std::make_shared<load_client>(port, connections, conversation{request_of, is_greeting});
        return [=](std::chrono::nanoseconds duration) { return client->run(duration); };
    };
    const std::vector<named_server> servers{
        {"weft", serve_http_with_weft},
        {"asio.callback", serve_http_with_asio_callbacks},
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
        {"asio.awaitable", serve_http_with_asio_awaitable},
#endif
    };
    const auto added = add_request_cases(all, "http", connections, servers, clients);
    added.processor.at_most(1, "asio.callback");
}

} // namespace weft::bench
