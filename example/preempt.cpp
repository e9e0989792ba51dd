// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A calculation that never yields beside a server, on one thread. In a preemptible region a timer takes the processor from
// the calculation, wherever it is, and the server answers meanwhile.

#include <weft/weft.hpp>

#include <boost/asio/buffer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <optional>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// The ratio of a circle's circumference to its diameter, slowly.
double compute_until(const std::atomic<bool>& told)
{
    std::optional<weft::preemptible> region;
    if (weft::preemptible::is_supported()) // not under sanitizers
    {
        region.emplace(1ms);
    }
    double sum = 0;
    for (double divisor = 1; !told; divisor += 4)
    {
        sum += 4 / divisor - 4 / (divisor + 2);
        if (!region)
        {
            weft::this_fiber::yield();
        }
    }
    return sum;
}

void serve(weft::tcp::acceptor& acceptor)
{
    auto peer = acceptor.accept();
    std::array<char, 64> data{};
    while (const auto count = peer.read_some(asio::buffer(data)))
    {
        peer.write(asio::buffer(data, count));
    }
}

int ask(const weft::tcp::endpoint& server, int questions)
{
    weft::tcp::socket socket;
    socket.connect(server);
    std::array<char, 1> data{'?'};
    int answers = 0;
    for (; answers < questions; ++answers)
    {
        socket.write(asio::buffer(data));
        socket.read(asio::buffer(data));
    }
    return answers;
}

} // namespace

int main()
{
    return weft::run([] {
        std::atomic<bool> told = false;
        weft::fiber calculation([&told] {
            std::cout << "calculation: begins, and goes on until it is told to end\n";
            const double result = compute_until(told);
            std::cout << "calculation: " << (result > 3 && result < 4 ? "three and a bit" : "wrong") << '\n';
        });

        weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
        weft::fiber server([&acceptor] { serve(acceptor); });
        weft::this_fiber::yield();

        const int answers = ask(acceptor.local_endpoint(), 20);
        std::cout << "client: " << answers << " answers while the calculation ran\n";
        told = true;
        calculation.join();
        server.join();
    });
}
