// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// UDP: a server that sends each datagram back to whoever sent it, and clients that ask again when no answer comes in time.
// With a port it serves whoever comes, until SIGTERM; without, it ignores the first datagram of each of its own clients, as
// a network that loses it would.
//
//     udp_echo [port]

#include <weft/weft.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <iostream>
#include <set>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

enum class network
{
    real,
    loses_the_first
};

void echo(weft::udp::socket& socket, network how)
{
    std::set<weft::udp::endpoint> known;
    std::array<char, 65'536> data;
    for (;;)
    {
        weft::udp::endpoint peer;
        const auto size = socket.receive_from(asio::buffer(data), peer);
        if (how == network::real || !known.insert(peer).second)
        {
            socket.send_to(asio::buffer(data, size), peer);
        }
    }
}

std::string ask(const weft::udp::endpoint& server, const std::string& question)
{
    weft::udp::socket socket;
    socket.connect(server);
    std::string answer(1500, '\0');
    for (;;)
    {
        socket.send(asio::buffer(question));
        boost::system::error_code error;
        const weft::deadline limit(50ms);
        answer.resize(socket.receive(asio::buffer(answer), error));
        if (!error)
        {
            return answer;
        }
        if (error != asio::error::timed_out)
        {
            throw boost::system::system_error(error, "ask");
        }
        answer.resize(1500);
    }
}

void serve(unsigned short port)
{
    weft::udp::socket socket({asio::ip::address_v4::loopback(), port});
    const weft::jfiber server([&] { echo(socket, network::real); });
    std::cout << "udp://" << socket.local_endpoint() << std::endl;
    weft::signal_set({SIGINT, SIGTERM}).wait();
}

void demonstrate()
{
    weft::udp::socket socket({asio::ip::address_v4::loopback(), 0});
    const auto address = socket.local_endpoint();
    const weft::jfiber server([&] { echo(socket, network::loses_the_first); }); // cancelled at the end of this scope

    std::array<std::string, 3> answers;
    {
        weft::fiber_group clients;
        for (std::size_t i = 0; i < answers.size(); ++i)
        {
            clients.spawn([&, i] { answers[i] = ask(address, "question " + std::to_string(i)); });
        }
    }
    for (const auto& answer : answers)
    {
        std::cout << answer << '\n';
    }
}

} // namespace

int main(int argc, char** argv)
{
    return weft::run([&] { argc < 2 ? demonstrate() : serve(static_cast<unsigned short>(std::stoi(argv[1]))); });
}
