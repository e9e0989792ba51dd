// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The web server over TLS: each session makes its handshake in its own fiber, within a time, and goes on as if there were
// none. On SIGHUP the certificate is read again; connections that exist keep theirs, and a bad file changes nothing.
// Without arguments it serves a client of its own, with certificates of its own.
//
//     https_server <directory> <certificate chain> <private key> [port]

#include <weft/tls/stream.hpp>
#include <weft/weft.hpp>

#include "http/client.hpp"
#include "http/session.hpp"
#include "http/target.hpp"
#include "serving.hpp"
#include "temporary_directory.hpp"
#include "tls/certificates.hpp" // of the tests: an authority that exists while the program runs

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stop_token>
#include <string>
#include <utility>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace fs = std::filesystem;
namespace tls = weft::tls;

namespace
{

using tls_socket = tls::stream<weft::tcp::socket>;

void session(tls_socket peer, const fs::path& root, const std::stop_token& stopping)
{
    const example::http_limits limits;
    {
        const weft::deadline limit(limits.request_time);
        boost::system::error_code error;
        peer.accept(error);
        if (error)
        {
            return; // it speaks something else, or does not trust this server
        }
    }
    weft::any_stream stream(std::in_place_type<tls_socket&>, peer);
    const auto answer = [&root](example::http_exchange& exchange) {
        const auto path = example::path_of_target(exchange.asked().target());
        if (exchange.asked().method() != http::verb::get && exchange.asked().method() != http::verb::head)
        {
            exchange.send(http::status::method_not_allowed);
        }
        else if (!path)
        {
            exchange.send(http::status::bad_request);
        }
        else
        {
            exchange.send_file(root / (path->empty() || path->ends_with('/') ? *path + "index.html" : *path));
        }
    };
    example::converse(stream, peer.next_layer(), limits, answer, stopping);
}

void serve(weft::server& server, weft::tcp::acceptor& acceptor, const tls::server_context& context,
           const fs::path& root)
{
    server.serve(acceptor, [&](weft::tcp::socket peer, const std::stop_token& stopping) {
        session(tls_socket(std::move(peer), context), root, stopping);
    });
}

/// Until it is told to end.
void follow_signals(tls::server_context& context, const std::string& certificate, const std::string& key)
{
    for (weft::signal_set signals({SIGINT, SIGTERM, SIGHUP}); signals.wait() == SIGHUP;)
    {
        try
        {
            context.reload(tls::read_identity(certificate, key));
            std::cout << "the certificate was read again" << std::endl;
        }
        catch (const std::exception& error)
        {
            std::cerr << "the certificate stays: " << error.what() << std::endl;
        }
    }
}

tls::server_options options_with(tls::identity own)
{
    tls::server_options options;
    options.own = std::move(own);
    options.alpn = {"http/1.1"};
    return options;
}

void run(const fs::path& root, const std::string& certificate, const std::string& key, unsigned short port)
{
    tls::server_context context(options_with(tls::read_identity(certificate, key)));
    weft::server server({.grace = 10s});
    example::serve_while(
        server, port, [&](auto& acceptor) { serve(server, acceptor, context, root); },
        [&](const auto& where) {
            std::cout << "https://" << where << '/' << std::endl;
            follow_signals(context, certificate, key);
        });
}

// ── the demonstration ──

void fetch(const weft::tcp::endpoint& where, const std::string& host, const weft::test::authority& trusted)
{
    tls::client_options options;
    options.trusted = trusted.certificate();
    options.alpn = {"h2", "http/1.1"};
    const tls::client_context context(options);
    weft::tcp::socket peer;
    peer.connect(where);
    tls_socket secured(std::move(peer), context);
    try
    {
        secured.handshake(host);
        std::cout << host << ", " << secured.alpn() << ": ";
        example::http_client(weft::any_stream(std::move(secured)), host).show(http::verb::get, "/");
    }
    catch (const boost::system::system_error&)
    {
        std::cout << host << ": " << secured.why_not_trusted() << '\n';
    }
}

void demonstrate()
{
    const example::temporary_directory root;
    std::ofstream(root.path() / "index.html") << "<h1>weft</h1>\n";
    const weft::test::authority trusted("an authority");
    const weft::test::authority other("another one");
    tls::server_context context(options_with(trusted.issue("weft.test")));
    weft::server server;
    example::serve_while(
        server, 0, [&](auto& acceptor) { serve(server, acceptor, context, root.path()); },
        [&](const auto& where) {
            fetch(where, "weft.test", trusted);
            fetch(where, "other.test", trusted);
            fetch(where, "weft.test", other);
            context.reload(trusted.issue("other.test"));
            fetch(where, "other.test", trusted);
        });
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        return weft::run([&] {
            argc < 4 ? demonstrate()
                     : run(argv[1], argv[2], argv[3], static_cast<unsigned short>(argc > 4 ? std::stoi(argv[4]) : 0));
        });
    }
    catch (const std::exception& error)
    {
        std::cerr << "https_server: " << error.what() << '\n';
        return 1;
    }
}
