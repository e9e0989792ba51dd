// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_SERVING_HPP
#define WEFT_EXAMPLE_SERVING_HPP

#include <weft/weft.hpp>

#include <boost/asio/ip/address_v4.hpp>

#include <csignal>
#include <iostream>
#include <string_view>

namespace example
{

/// Serves on the loopback address, `serve(acceptor)` in a fiber of its own, while `meanwhile(endpoint)` goes on; then
/// ends gracefully.
template <class Serve, class Meanwhile>
void serve_while(weft::server& server, unsigned short port, Serve serve, Meanwhile meanwhile)
{
    weft::tcp::acceptor acceptor({boost::asio::ip::address_v4::loopback(), port});
    weft::jfiber serving([&] { serve(acceptor); });
    meanwhile(acceptor.local_endpoint());
    server.stop();
    serving.join();
}

/// Says where the server is, and waits until it is told to end.
inline void wait_for_signal(std::string_view scheme, const weft::tcp::endpoint& where)
{
    std::cout << scheme << "://" << where << '/' << std::endl;
    weft::signal_set({SIGINT, SIGTERM}).wait();
}

} // namespace example

#endif
