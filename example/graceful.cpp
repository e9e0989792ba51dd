// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A server that ends on SIGTERM without losing a request: it accepts no more, serves those who have connected, and only
// then returns. To show it, clients on another thread ask as fast as they can while the signal comes; each request that was
// sent must be answered.

#include <weft/weft.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <thread>
#include <unistd.h>

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace
{

void session(weft::tcp::socket peer)
{
    std::string request;
    peer.read_until(request, "\n", 1024);
    weft::this_fiber::sleep_for(2ms); // the work
    peer.write(asio::buffer(request));
}

weft::serve_counters serve_until_sigterm(weft::tcp::acceptor& acceptor)
{
    weft::signal_set signals{SIGTERM};
    weft::server server({.max_connections = 100, .connection_limit = 10s, .grace = 10s});
    const weft::jfiber stopper([&] {
        signals.wait();
        server.stop();
    });
    server.serve(acceptor, session);
    return server.counters();
}

// ── the load ──

struct tally
{
    std::atomic<int> sent = 0;
    std::atomic<int> answered = 0;
};

void ask_until_refused(const weft::tcp::endpoint& where, tally& count)
{
    for (;;)
    {
        weft::tcp::socket server;
        error_code error;
        {
            const weft::deadline limit(500ms);
            server.connect(where, error);
        }
        if (error)
        {
            return; // the server has ended: nothing was sent
        }
        const weft::deadline limit(10s);
        const std::string request = "hello\n";
        ++count.sent;
        server.write(asio::buffer(request), error);
        std::string answer;
        if (server.read_until(answer, "\n", 1024, error) == request.size() && answer == request)
        {
            ++count.answered;
        }
    }
}

} // namespace

int main()
{
    constexpr int clients = 40;
    constexpr int requests_before_the_signal = 400;
    tally count;
    weft::serve_counters served;
    std::thread load;
    weft::run([&] {
        weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
        load = std::thread([&count, where = acceptor.local_endpoint()] {
            weft::run([&] {
                weft::fiber_group asking;
                for (int i = 0; i < clients; ++i)
                {
                    asking.spawn(ask_until_refused, where, std::ref(count));
                }
                asking.spawn([&] {
                    while (count.answered < requests_before_the_signal)
                    {
                        weft::this_fiber::sleep_for(1ms);
                    }
                    ::kill(::getpid(), SIGTERM);
                });
            });
        });
        served = serve_until_sigterm(acceptor);
    });
    load.join();

    const bool all = count.sent == count.answered && served.finished == served.accepted &&
                     served.finished == static_cast<std::uint64_t>(count.answered);
    std::cout << (all ? "every request was answered\n" : "requests were lost\n");
    std::cerr << count.sent << " sent, " << count.answered << " answered, " << served.accepted << " accepted\n";
    return all ? 0 : 1;
}
