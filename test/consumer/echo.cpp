// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A program of somebody else's: fibers that say something to each other over TCP.

#include <weft/weft.hpp>

#include <boost/asio/read.hpp>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

namespace asio = boost::asio;

int main()
{
    return weft::run([] {
        weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
        weft::fiber server([&acceptor] {
            auto peer = acceptor.accept();
            std::array<char, 64> data;
            while (const auto size = peer.read_some(asio::buffer(data)))
            {
                peer.write(asio::buffer(data, size));
            }
        });

        weft::tcp::socket socket;
        socket.connect(acceptor.local_endpoint());
        constexpr std::string_view said = "hello over TCP";
        socket.write(asio::buffer(said));
        std::string heard(said.size(), '\0');
        asio::read(socket, asio::buffer(heard));
        socket.close();
        server.join();
        std::printf("weft %s heard: %s\n", WEFT_VERSION_STRING, heard.c_str());
        return heard == said ? 0 : 1;
    });
}
