// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A SOCKS5 proxy: it connects to where the client says, by address or by name, and copies both ways. It shows a connection
// as two fibers, one for each direction, and how an end of one direction is passed on while the other goes on: a client
// that has said all it wants still gets its answer. Without arguments it takes clients of its own to a server of its own.
//
//     socks_proxy [port [seconds that a tunnel may carry nothing]]

#include <weft/weft.hpp>

#include "serving.hpp"
#include "socks/protocol.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>

#include <array>
#include <chrono>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace socks = example::socks;
using boost::system::error_code;

namespace
{

/// Reads until `parse` has found a message in `bytes`, and takes that out of them.
template <class Parse>
auto read_message(weft::tcp::socket& client, std::string& bytes, std::size_t longest, Parse parse)
{
    for (;;)
    {
        auto message = parse(bytes);
        if (message.what != socks::progress::incomplete)
        {
            bytes.erase(0, message.size);
            return message;
        }
        const auto before = bytes.size();
        bytes.resize(longest);
        const auto count = client.read_some(asio::buffer(bytes.data() + before, longest - before));
        bytes.resize(before + count);
        if (count == 0)
        {
            throw boost::system::system_error(asio::error::eof, "SOCKS");
        }
    }
}

socks::reply reply_for(const error_code& error)
{
    return !error                                      ? socks::reply::succeeded
           : error == asio::error::connection_refused  ? socks::reply::connection_refused
           : error == asio::error::network_unreachable ? socks::reply::network_unreachable
           : error == asio::error::access_denied       ? socks::reply::not_allowed
                                                       : socks::reply::host_unreachable;
}

/// Connects to where the client wants; a closed socket if that cannot be done, which the client has been told.
weft::tcp::socket open(weft::tcp::socket& client, std::string& bytes)
{
    const weft::deadline limit(30s);
    const auto greeting = read_message(client, bytes, socks::longest_greeting, socks::parse_greeting);
    if (greeting.what == socks::progress::invalid)
    {
        return {};
    }
    client.write(asio::buffer(
        socks::make_choice(greeting.offers_no_password ? socks::no_password : socks::no_acceptable_method)));
    if (!greeting.offers_no_password)
    {
        return {};
    }
    const auto wanted = read_message(client, bytes, socks::longest_request, socks::parse_request);
    if (wanted.what == socks::progress::invalid)
    {
        client.write(asio::buffer(socks::make_reply(wanted.refusal)));
        return {};
    }
    error_code error;
    weft::tcp::socket server;
    {
        const weft::deadline shorter(10s);
        server = weft::tcp::connect(wanted.host, std::to_string(wanted.port), error);
    }
    client.write(
        asio::buffer(socks::make_reply(reply_for(error), error ? weft::tcp::endpoint() : server.local_endpoint())));
    return server;
}

/// When a tunnel has last carried something, in either direction, and for how long it may carry nothing.
class activity
{
public:
    explicit activity(std::chrono::seconds limit) : limit_(limit) {}

    std::chrono::seconds limit() const
    {
        return limit_;
    }
    bool is_over() const
    {
        return std::chrono::steady_clock::now() - last_ >= limit_;
    }
    void note()
    {
        last_ = std::chrono::steady_clock::now();
    }

private:
    const std::chrono::seconds limit_;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

/// One direction. Its orderly end is passed on; if it breaks, the other has no meaning either.
void forward(weft::tcp::socket& from, weft::tcp::socket& to, activity& use)
{
    error_code error;
    for (std::array<char, 16'384> data; !error;)
    {
        const weft::deadline limit(use.limit());
        const auto count = from.read_some(asio::buffer(data), error);
        if (error == asio::error::timed_out && !use.is_over())
        {
            error.clear(); // the other direction is in use
        }
        else if (!error)
        {
            use.note();
            to.write(asio::buffer(data, count), error);
        }
    }
    if (error == asio::error::eof)
    {
        error.clear();
        to.shutdown(asio::socket_base::shutdown_send, error);
    }
    if (error)
    {
        from.close(error);
        to.close(error);
    }
}

void session(weft::tcp::socket client, std::chrono::seconds idle_limit)
{
    std::string early; // what the client has sent without waiting for the answer
    auto server = open(client, early);
    if (server.is_open())
    {
        server.write(asio::buffer(early));
        activity use(idle_limit);
        weft::jfiber upstream([&] { forward(client, server, use); });
        forward(server, client, use);
        upstream.join();
    }
    else
    {
        // To close while something is unread would take back the answer.
        const weft::deadline limit(1s);
        error_code error;
        client.shutdown(asio::socket_base::shutdown_send, error);
        for (std::array<char, 4096> rest; !error;)
        {
            client.read_some(asio::buffer(rest), error);
        }
    }
}

// ── the demonstration ──

/// Answers when the client has said everything.
void count_bytes(weft::tcp::socket peer)
{
    std::string all;
    error_code error;
    asio::read(peer, asio::dynamic_buffer(all, 1'000'000), error);
    peer.write(asio::buffer(std::to_string(all.size()) + " bytes\n"));
}

void ask(const weft::tcp::endpoint& proxy, std::string_view what, const std::string& request)
{
    using namespace std::string_literals;
    weft::tcp::socket peer;
    peer.connect(proxy);
    // Greeting, request and data at once: a proxy must not mix them up.
    peer.write(asio::buffer("\5\1\0"s + request + std::string(1000, 'x')));
    peer.shutdown(asio::socket_base::shutdown_send);
    std::string answer;
    error_code error;
    asio::read(peer, asio::dynamic_buffer(answer, 1000), error);
    std::cout << what << ": " << (answer.size() > 3 ? static_cast<int>(answer[3]) : -1) << ' '
              << (answer.size() > 12 ? answer.substr(12) : "\n");
}

void demonstrate(const weft::tcp::endpoint& proxy)
{
    using namespace std::string_literals;
    weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
    const weft::jfiber counting([&] { weft::serve(acceptor, count_bytes); });
    const auto port = acceptor.local_endpoint().port();
    const auto port_bytes = std::string{static_cast<char>(port >> 8), static_cast<char>(port & 0xff)};
    ask(proxy, "by address", "\5\1\0\1\x7f\0\0\1"s + port_bytes);
    ask(proxy, "by name", "\5\1\0\3\x9localhost"s + port_bytes);
    ask(proxy, "port 1", "\5\1\0\1\x7f\0\0\1\0\1"s);
    ask(proxy, "bind", "\5\2\0\1\x7f\0\0\1"s + port_bytes);
    ask(proxy, "not SOCKS", "GET / HTTP/1.1\r\n\r\n");
}

void run(bool is_demonstration, unsigned short port, std::chrono::seconds idle_limit)
{
    weft::server server({.grace = 5s});
    example::serve_while(
        server, port,
        [&](auto& acceptor) {
            server.serve(acceptor, [=](weft::tcp::socket client) { session(std::move(client), idle_limit); });
        },
        [&](const auto& where) { is_demonstration ? demonstrate(where) : example::wait_for_signal("socks5", where); });
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        return weft::run([&] {
            run(argc < 2, static_cast<unsigned short>(argc > 1 ? std::stoi(argv[1]) : 0),
                std::chrono::seconds(argc > 2 ? std::stoi(argv[2]) : 300));
        });
    }
    catch (const std::exception& error)
    {
        std::cerr << "socks_proxy: " << error.what() << '\n';
        return 1;
    }
}
