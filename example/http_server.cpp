// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A web server for the files below a directory: Beast's synchronous HTTP on weft's sockets, one fiber a connection. What
// such a server must bound stands in http/session.cpp: the time for a request to arrive and for an answer to be taken, the
// size of header and body, and where a path may lead. Files go out by `sendfile`, in parts where a Range header asks for
// one. On SIGTERM or SIGINT it answers what has begun, and ends. Without arguments it serves clients of its own.
//
//     http_server [directory [port]]

#include <weft/weft.hpp>

#include "http/client.hpp"
#include "http/session.hpp"
#include "http/target.hpp"
#include "serving.hpp"
#include "temporary_directory.hpp"

#include <boost/asio/buffer.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stop_token>
#include <string>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace fs = std::filesystem;

namespace
{

void answer(example::http_exchange& exchange, const fs::path& root)
{
    const auto& asked = exchange.asked();
    const auto path = example::path_of_target(asked.target());
    if (!path)
    {
        exchange.send(http::status::bad_request);
    }
    else if (asked.method() == http::verb::post && *path == "echo")
    {
        exchange.send(http::status::ok, "application/octet-stream", asked.body());
    }
    else if (asked.method() != http::verb::get && asked.method() != http::verb::head)
    {
        exchange.send(http::status::method_not_allowed);
    }
    else
    {
        exchange.send_file(root / (path->empty() || path->ends_with('/') ? *path + "index.html" : *path));
    }
}

void serve(weft::server& server, weft::tcp::acceptor& acceptor, const fs::path& root,
           const example::http_limits& limits)
{
    server.serve(acceptor, [&](weft::tcp::socket peer, const std::stop_token& stopping) {
        example::converse(peer, limits, [&](example::http_exchange& exchange) { answer(exchange, root); }, stopping);
    });
}

void send_half_a_request(const weft::tcp::endpoint& where)
{
    weft::tcp::socket peer;
    peer.connect(where);
    peer.write(asio::buffer("GET / HT", 8));
    std::string got;
    peer.read_until(got, "\r\n", 100);
    std::cout << "half a request: " << got.substr(0, got.find('\r')) << '\n';
}

void demonstrate(const weft::tcp::endpoint& where)
{
    const auto connected = [&where] {
        weft::tcp::socket peer;
        peer.connect(where);
        return example::http_client(weft::any_stream(std::move(peer)), "here");
    };
    using http::verb;
    auto one = connected();
    one.show(verb::get, "/");
    one.show(verb::get, "/notes/large.txt");
    one.show(verb::head, "/notes/large.txt");
    http::fields some;
    some.set(http::field::range, "bytes=999990-");
    one.show(verb::get, "/notes/large.txt", some);
    some.set(http::field::range, "bytes=1000000-");
    one.show(verb::get, "/notes/large.txt", some);
    one.show(verb::get, "/missing");
    one.show(verb::get, "/%2e%2e/etc/passwd");
    one.show(verb::delete_, "/");
    one.show(verb::post, "/echo", {}, "hello");
    one.show(verb::post, "/echo", {}, std::string(100'000, 'b'));
    http::fields many;
    many.set(http::field::cookie, std::string(10'000, 'c'));
    connected().show(verb::get, "/", many);
    send_half_a_request(where);
}

void run(const fs::path& root, unsigned short port, const example::http_limits& limits, bool is_demonstration)
{
    weft::server server({.grace = 10s});
    example::serve_while(
        server, port, [&](auto& acceptor) { serve(server, acceptor, root, limits); },
        [&](const auto& where) { is_demonstration ? demonstrate(where) : example::wait_for_signal("http", where); });
}

void run_demonstration()
{
    const example::temporary_directory root;
    fs::create_directory(root.path() / "notes");
    std::ofstream(root.path() / "index.html") << "<h1>weft</h1>\n";
    std::ofstream(root.path() / "notes" / "large.txt") << std::string(1'000'000, 'l');
    run(root.path(), 0, {.request_time = 1s}, true);
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        return weft::run([&] {
            argc < 2 ? run_demonstration()
                     : run(argv[1], static_cast<unsigned short>(argc > 2 ? std::stoi(argv[2]) : 0), {}, false);
        });
    }
    catch (const std::exception& error)
    {
        std::cerr << "http_server: " << error.what() << '\n';
        return 1;
    }
}
