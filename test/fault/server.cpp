// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// For check_faults: both sides of a conversation, each of which may run with system calls that fail.
//
//     fault_server serve              serves lines until SIGTERM, then prints what became of the connections
//     fault_server ask <port> <count> asks so often, ten at a time, and prints how that went

#include <weft/weft.hpp>

#include <boost/asio/buffer.hpp>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace
{

namespace asio = boost::asio;
using boost::system::error_code;

void answer(weft::tcp::socket peer)
{
    std::string line;
    for (;;)
    {
        error_code error;
        const auto count = peer.read_until(line, "\n", 1024, error);
        if (error == asio::error::eof)
        {
            return;
        }
        weft::detail::throw_error(error, "read_until");
        peer.write(asio::buffer(line, count));
        line.erase(0, count);
    }
}

void serve()
{
    weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
    weft::server server({.grace = std::chrono::seconds(5)});
    weft::jfiber stopper([&] {
        weft::signal_set({SIGTERM}).wait();
        server.stop();
    });
    std::cout << "listening on " << acceptor.local_endpoint().port() << std::endl;
    server.serve(acceptor, answer);
    const auto all = server.counters();
    std::cout << "accepted " << all.accepted << ": finished " << all.finished << ", failed " << all.failed
              << ", canceled " << all.canceled << ", refused " << all.refused << '\n';
    if (all.active != 0 || all.accepted != all.finished + all.failed + all.canceled + all.refused)
    {
        throw std::runtime_error("that does not add up");
    }
}

void ask(unsigned short port, int count)
{
    int answered = 0;
    int failed = 0;
    weft::fiber_group clients({.max_fibers = 10});
    for (int i = 0; i < count; ++i)
    {
        clients.spawn([&, i] {
            const weft::deadline limit(std::chrono::seconds(20));
            const auto line = "question " + std::to_string(i) + "\n";
            try
            {
                weft::tcp::socket server;
                server.connect({asio::ip::address_v4::loopback(), port});
                server.write(asio::buffer(line));
                std::string back;
                server.read_until(back, "\n", 1024);
                if (back != line)
                {
                    throw std::runtime_error("another answer");
                }
                ++answered;
            }
            catch (const boost::system::system_error& error)
            {
                if (error.code() == asio::error::timed_out)
                {
                    throw;
                }
                ++failed;
            }
        });
    }
    clients.join();
    std::cout << "asked " << count << ": answered " << answered << ", failed " << failed << '\n';
    if (answered + failed != count)
    {
        throw std::runtime_error("that does not add up");
    }
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        const std::string what(argc > 1 ? argv[1] : "");
        if (what == "serve" && argc == 2)
        {
            weft::run(serve);
        }
        else if (what == "ask" && argc == 4)
        {
            weft::run([&] { ask(static_cast<unsigned short>(std::atoi(argv[2])), std::atoi(argv[3])); });
        }
        else
        {
            std::cerr << "usage: fault_server serve | ask <port> <count>\n";
            return 2;
        }
    }
    catch (const std::exception& error)
    {
        std::cerr << "fault_server: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
