// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// An echo server on several cores: each worker of the runtime has an acceptor, and a connection stays with the worker that
// the kernel has chosen. The clients are fibers of the same runtime; each asks ten times.

#include <weft/weft.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <atomic>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;

namespace
{

void echo(weft::tcp::socket peer)
{
    std::array<char, 4096> data;
    while (const auto count = peer.read_some(asio::buffer(data)))
    {
        peer.write(asio::buffer(data, count));
    }
}

int ask(const weft::tcp::endpoint& where)
{
    weft::tcp::socket server;
    server.connect(where);
    int answered = 0;
    for (int i = 0; i < 10; ++i)
    {
        const std::string question = "question " + std::to_string(i) + "\n";
        server.write(asio::buffer(question));
        std::string answer;
        server.read_until(answer, "\n", 1024);
        answered += answer == question ? 1 : 0;
    }
    return answered;
}

} // namespace

int main()
{
    weft::runtime workers{2}; // weft::runtime workers; has one for each core
    return workers.run([&] {
        weft::tcp::runtime_acceptor acceptor(workers, {asio::ip::address_v4::loopback(), 0});
        weft::server server;
        weft::jfiber serving([&] { server.serve(acceptor, echo); });

        std::atomic<int> answered = 0;
        std::vector<weft::fiber> clients;
        for (int i = 0; i < 20; ++i)
        {
            clients.push_back(workers.make_fiber([&] { answered += ask(acceptor.local_endpoint()); }));
        }
        for (auto& client : clients)
        {
            client.join();
        }
        server.stop();
        serving.join();
        std::cout << answered << " answers over " << server.counters().accepted << " connections\n";
    });
}
