// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A TCP echo server in the synchronous style: one fiber a connection, each with its own time limit; SIGINT and SIGTERM
// end it in order. The fibers share one thread, so what they share needs no lock.
//
//     echo_server [port] [--idle SECONDS]

#include <weft/weft.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <utility>

namespace asio = boost::asio;
using boost::system::error_code;

namespace
{

struct counters
{
    std::uint64_t connections = 0;
    std::uint64_t bytes = 0;
    std::uint64_t idle = 0;
    std::uint64_t broken = 0;
};

void session(weft::tcp::socket peer, std::chrono::duration<double> idle_limit, counters& count)
{
    ++count.connections;
    try
    {
        peer.set_option(asio::ip::tcp::no_delay(true));
        std::array<char, 4096> data;
        for (;;)
        {
            const weft::deadline limit(idle_limit); // for the read and for a peer that does not take its answer
            const auto size = peer.read_some(asio::buffer(data));
            if (size == 0)
            {
                return; // the peer has said all it had to say
            }
            peer.write(asio::buffer(data, size));
            count.bytes += size;
        }
    }
    catch (const boost::system::system_error& failure)
    {
        // One peer's trouble is not the server's.
        if (failure.code() == asio::error::timed_out)
        {
            ++count.idle;
        }
        else if (failure.code() != asio::error::operation_aborted)
        {
            ++count.broken;
        }
    }
}

void serve(std::uint16_t port, std::chrono::duration<double> idle_limit, counters& count)
{
    weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), port});
    asio::signal_set signals(weft::this_executor(), SIGINT, SIGTERM);
    const weft::jfiber stopper([&] {
        signals.async_wait(weft::use_fiber);
        acceptor.close();
    });
    std::cout << "listening on " << acceptor.local_endpoint() << std::endl;

    for (;;)
    {
        error_code error;
        auto peer = acceptor.accept(error);
        if (!acceptor.is_open())
        {
            break;
        }
        if (error)
        {
            throw boost::system::system_error(error, "accept");
        }
        weft::fiber(session, std::move(peer), idle_limit, std::ref(count)).detach();
    }
    weft::scheduler::current().cancel_all(); // each session's wait ends, and with it the session
}

} // namespace

int main(int argc, char** argv)
{
    std::uint16_t port = 0;
    double idle_seconds = 60;
    CLI::App options("TCP echo server in fibers");
    options.add_option("port", port, "where to listen on 127.0.0.1; 0 for any free port");
    options.add_option("--idle", idle_seconds, "seconds after which a silent peer is dropped")
        ->check(CLI::PositiveNumber);
    CLI11_PARSE(options, argc, argv);

    counters count;
    try
    {
        // Returns when the sessions have ended too.
        weft::run([&] { serve(port, std::chrono::duration<double>(idle_seconds), count); });
    }
    catch (const std::exception& error)
    {
        std::cerr << "echo_server: " << error.what() << '\n';
        return 1;
    }
    std::cout << "served " << count.connections << " connections, " << count.bytes << " bytes; " << count.idle
              << " idle, " << count.broken << " broken\n";
    return 0;
}
