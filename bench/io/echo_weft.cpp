// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/io/tcp.hpp>

#include "io/echo_servers.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <array>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;

void echo(tcp::socket& peer)
{
    std::array<char, echo_buffer_size> data;
    boost::system::error_code error;
    while (!error)
    {
        const auto count = peer.read_some(asio::buffer(data), error);
        if (!error)
        {
            peer.write(asio::buffer(data, count), error);
        }
    }
}

} // namespace

void serve_with_weft(int listener)
{
    run([=] {
        tcp::acceptor acceptor(tcp::acceptor::next_layer_type(this_executor(), asio::ip::tcp::v4(), listener));
        for (;;)
        {
            auto peer = acceptor.accept();
            peer.set_option(asio::ip::tcp::no_delay(true));
            fiber([peer = std::move(peer)]() mutable { echo(peer); }).detach();
        }
    });
}

} // namespace weft::bench
