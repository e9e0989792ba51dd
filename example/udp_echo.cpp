// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// UDP: a server that sends each datagram back to whoever sent it, and clients that ask again when no answer comes in time.
// The server ignores the first datagram of each client, as a network that loses it would.

#include <weft/weft.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <chrono>
#include <iostream>
#include <set>
#include <string>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

void echo(weft::udp::socket& socket)
{
    std::set<weft::udp::endpoint> known;
    std::array<char, 1500> data;
    for (;;)
    {
        weft::udp::endpoint peer;
        const auto size = socket.receive_from(asio::buffer(data), peer);
        if (!known.insert(peer).second)
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

} // namespace

int main()
{
    return weft::run([] {
        weft::udp::socket socket({asio::ip::address_v4::loopback(), 0});
        const auto address = socket.local_endpoint();
        const weft::jfiber server([&] { echo(socket); }); // cancelled at the end of this scope

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
    });
}
