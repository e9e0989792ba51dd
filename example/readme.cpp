// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The echo server of README.md, which must stand there word for word: the test `pages` compares.

// clang-format off
#include <weft/weft.hpp>

#include <array>
#include <chrono>

namespace asio = boost::asio;
using namespace std::chrono_literals;

void session(weft::tcp::socket peer)
try
{
    std::array<char, 4096> data;
    weft::deadline limit(30s);                                 // every wait below ends by then
    while (const auto n = peer.read_some(asio::buffer(data)))  // the fiber waits, the thread does not
    {
        peer.write(asio::buffer(data, n));
        limit.expires_after(30s);
    }
}
catch (const boost::system::system_error&)
{
    // The peer has reset the connection, or was silent for too long.
}

int main()
{
    return weft::run(
        []
        {
            weft::tcp::acceptor acceptor({asio::ip::tcp::v4(), 7000});
            for (;;)
            {
                weft::fiber(session, acceptor.accept()).detach();
            }
        });
}
