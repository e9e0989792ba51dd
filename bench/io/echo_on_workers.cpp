// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/runtime.hpp>
#include <weft/io/tcp.hpp>
#include <weft/sync/latch.hpp>

#include "cases.hpp"
#include "fiber/spread.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/read.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

// What a second thread brings to a server: connections with both of their ends in the process, so that server and clients
// share whatever cores there are.
namespace weft::bench
{
namespace
{

namespace asio = boost::asio;

constexpr std::size_t connections = 32;
constexpr std::size_t message_size = 64;

struct connection
{
    connection()
    {
        tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
        client.connect(acceptor.local_endpoint());
        server = acceptor.accept();
        for (auto* const each : {&client, &server})
        {
            each->set_option(asio::ip::tcp::no_delay(true));
        }
    }

    void echo()
    {
        std::array<char, message_size> data;
        while (const auto count = server.read_some(asio::buffer(data)))
        {
            server.write(asio::buffer(data, count));
        }
    }
    void ask(std::uint64_t times)
    {
        std::array<char, message_size> data{};
        for (; times != 0; --times)
        {
            client.write(asio::buffer(data));
            asio::read(client, asio::buffer(data));
        }
    }

    tcp::socket client;
    tcp::socket server;
};

sample echo_on(std::size_t count, std::uint64_t operations)
{
    const auto each = operations / connections + 1;
    runtime workers{count};
    return workers.run([&] {
        spread(workers);
        latch connected(connections);
        latch begin(1);
        latch all(connections);
        for (std::size_t i = 0; i < connections; ++i)
        {
            workers.spawn_on(i % count, [&] {
                connection own;
                fiber server([&own] { own.echo(); });
                connected.count_down();
                begin.wait();
                own.ask(each);
                own.client.close();
                server.join();
                all.count_down();
            });
        }
        connected.wait();
        const stopwatch watch;
        begin.count_down();
        all.wait();
        return sample{watch.elapsed(), each * connections};
    });
}

} // namespace

void add_echo_on_workers(registry& all)
{
    all.add("scale/echo", "ns")
        .timed("weft", [](std::uint64_t operations) { return echo_on(2, operations); })
        .timed(
            "weft.one_worker", [](std::uint64_t operations) { return echo_on(1, operations); },
            "32 connections within the process, 64 bytes there and back");
}

} // namespace weft::bench
