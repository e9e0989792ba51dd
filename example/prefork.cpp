// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Processes that share nothing but a port: each answers with its own number. One is killed while it serves; the other goes
// on, and a new one takes the place. Then the supervisor is told to stop.

#include <weft/weft.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <csignal>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace asio = boost::asio;

namespace
{

void say_who(weft::tcp::socket peer)
{
    std::string line;
    boost::system::error_code error;
    while (peer.read_until(line, "\n", 64, error) != 0 && !error)
    {
        line.clear();
        peer.write(asio::buffer(std::to_string(::getpid()) + "\n"));
    }
}

int work(const weft::tcp::listening_socket& port)
{
    return weft::run([&] {
        weft::tcp::acceptor acceptor;
        acceptor.assign(port.duplicate());
        weft::server server;
        const weft::jfiber stopper([&] {
            weft::signal_set({SIGTERM}).wait();
            server.stop();
        });
        server.serve(acceptor, say_who);
    });
}

// ── a client ──

pid_t ask_who(weft::tcp::socket& server)
{
    server.write(asio::buffer(std::string("who?\n")));
    std::string answer;
    server.read_until(answer, "\n", 64);
    return std::stoi(answer);
}

/// A connection to each of two processes.
std::map<pid_t, weft::tcp::socket> connect_to_two(const weft::tcp::endpoint& where)
{
    std::map<pid_t, weft::tcp::socket> found;
    while (found.size() < 2)
    {
        weft::tcp::socket server;
        server.connect(where);
        const auto who = ask_who(server);
        found.try_emplace(who, std::move(server));
    }
    return found;
}

} // namespace

int main()
{
    const weft::tcp::listening_socket port({asio::ip::address_v4::loopback(), 0});
    const auto supervisor = ::fork();
    if (supervisor == 0)
    {
        const auto status = weft::prefork([&](weft::prefork_worker) { return work(port); },
                                          {.processes = 2, .restart_pause = std::chrono::milliseconds(1)});
        ::_exit(status);
    }
    weft::run([&] {
        auto both = connect_to_two(port.local_endpoint());
        auto& [victim, its_connection] = *both.begin();
        auto& [other, other_connection] = *both.rbegin();
        ::kill(victim, SIGKILL);
        std::cout << (ask_who(other_connection) == other ? "the other one goes on\n" : "lost\n");
        both.clear();
        both = connect_to_two(port.local_endpoint());
        std::cout << "there are " << both.size() << " again\n";
    });
    ::kill(supervisor, SIGTERM);
    int status = 0;
    ::waitpid(supervisor, &status, 0);
    std::cout << "stopped with status " << WEXITSTATUS(status) << '\n';
}
