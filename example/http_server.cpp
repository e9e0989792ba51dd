// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A web server for the files below a directory: Beast's synchronous HTTP on weft's sockets, one fiber a connection. It
// shows what such a server must bound: the time for a request to arrive and for an answer to be taken, the size of a
// request, and where a path may lead. Without arguments it serves a directory of its own to clients in fibers.
//
//     http_server [directory [port]]

#include <weft/weft.hpp>

#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <unistd.h>
#include <utility>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace fs = std::filesystem;
using boost::system::error_code;

namespace
{

constexpr std::size_t most_of_a_header = 8192;

struct settings
{
    fs::path root;
    std::chrono::milliseconds request_time = 10s; ///< from the first byte to the last, however slowly they drip
    std::chrono::milliseconds answer_time = 60s;
    std::chrono::milliseconds farewell_time = 2s; ///< for the peer to close after the last answer
};

using request = http::request<http::empty_body>;

template <class Body>
void send(weft::tcp::socket& peer, const request& asked, http::response<Body>& response)
{
    response.version(asked.version());
    response.set(http::field::server, "weft");
    response.keep_alive(asked.keep_alive());
    response.prepare_payload();
    http::serializer<false, Body> serializer(response);
    if (asked.method() == http::verb::head)
    {
        http::write_header(peer, serializer);
    }
    else
    {
        http::write(peer, serializer);
    }
}

void send_text(weft::tcp::socket& peer, const request& asked, http::status status)
{
    http::response<http::string_body> response(status, asked.version());
    response.set(http::field::content_type, "text/plain");
    response.body() = std::string(http::obsolete_reason(status)) + "\n";
    send(peer, asked, response);
}

std::string_view type_of(const fs::path& file)
{
    const auto extension = file.extension();
    return extension == ".html"  ? "text/html"
           : extension == ".css" ? "text/css"
           : extension == ".js"  ? "text/javascript"
           : extension == ".svg" ? "image/svg+xml"
           : extension == ".png" ? "image/png"
           : extension == ".txt" ? "text/plain"
                                 : "application/octet-stream";
}

void answer(weft::tcp::socket& peer, const request& asked, const settings& limits)
{
    if (asked.method() != http::verb::get && asked.method() != http::verb::head)
    {
        send_text(peer, asked, http::status::method_not_allowed);
        return;
    }
    std::string path(asked.target().substr(0, asked.target().find('?')));
    if (!path.starts_with('/') || path.find("..") != path.npos)
    {
        send_text(peer, asked, http::status::bad_request);
        return;
    }
    if (path.ends_with('/'))
    {
        path += "index.html";
    }
    const auto file = limits.root / path.substr(1);
    http::response<http::file_body> response;
    error_code error;
    if (fs::is_regular_file(file))
    {
        response.body().open(file.c_str(), beast::file_mode::scan, error);
    }
    if (error || !response.body().is_open())
    {
        send_text(peer, asked, http::status::not_found);
        return;
    }
    response.set(http::field::content_type, type_of(file));
    send(peer, asked, response);
}

/// One request after another, as long as the peer keeps the connection.
void converse(weft::tcp::socket& peer, const settings& limits)
{
    beast::flat_buffer buffer(most_of_a_header);
    for (bool keep = true; keep;)
    {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(most_of_a_header);
        error_code error;
        {
            const weft::deadline limit(limits.request_time);
            http::read(peer, buffer, parser, error);
        }
        const weft::deadline limit(limits.answer_time);
        if (error == http::error::end_of_stream || (error == asio::error::timed_out && !parser.got_some()))
        {
            break; // nothing more is wanted
        }
        if (error)
        {
            const auto status = error == asio::error::timed_out         ? http::status::request_timeout
                                : error == http::error::header_limit    ? http::status::request_header_fields_too_large
                                : error == http::error::buffer_overflow ? http::status::request_header_fields_too_large
                                : error == http::error::unexpected_body ? http::status::payload_too_large
                                                                        : http::status::bad_request;
            request unknown(http::verb::get, "", 11);
            unknown.keep_alive(false);
            send_text(peer, unknown, status);
            break;
        }
        answer(peer, parser.get(), limits);
        keep = parser.get().keep_alive();
    }
    // To close while something is unread would take back the answer.
    peer.shutdown(asio::socket_base::shutdown_send);
    const weft::deadline limit(limits.farewell_time);
    std::array<char, 4096> rest;
    while (peer.read_some(asio::buffer(rest)) != 0)
    {
    }
}

void session(weft::tcp::socket peer, const settings& limits)
{
    try
    {
        converse(peer, limits);
    }
    catch (const boost::system::system_error&)
    {
        // One peer's trouble is not the server's.
    }
}

/// Until the acceptor is closed.
void serve(weft::tcp::acceptor& acceptor, const settings& limits)
{
    weft::fiber_group sessions;
    error_code error;
    for (;;)
    {
        auto peer = acceptor.accept(error);
        if (error)
        {
            break;
        }
        sessions.spawn([peer = std::move(peer), &limits]() mutable { session(std::move(peer), limits); });
    }
    sessions.cancel();
    sessions.join();
}

/// A client that asks on one connection until the server closes that.
class client
{
public:
    explicit client(const weft::tcp::endpoint& server)
    {
        peer_.connect(server);
    }

    void ask(http::verb how, const std::string& target, const std::string& much = {})
    {
        request asked(how, target, 11);
        asked.set(http::field::host, "here");
        if (!much.empty())
        {
            asked.set(http::field::cookie, much);
        }
        http::write(peer_, asked);
        show(std::string(http::to_string(how)) + " " + target, how == http::verb::head);
    }

    void send_half_a_request()
    {
        peer_.write(asio::buffer("GET / HT", 8));
        show("half a request", false);
    }

private:
    void show(const std::string& asked, bool is_head)
    {
        http::response_parser<http::string_body> parser;
        parser.skip(is_head);
        http::read(peer_, buffer_, parser);
        const auto& got = parser.get();
        std::cout << asked << ": " << got.result_int() << ", " << got[http::field::content_type] << ", "
                  << got[http::field::content_length] << " bytes, " << got.body().size() << " here, "
                  << (got.keep_alive() ? "kept" : "closed") << '\n';
    }

    weft::tcp::socket peer_;
    beast::flat_buffer buffer_;
};

void demonstrate(const weft::tcp::endpoint& server)
{
    client one(server);
    one.ask(http::verb::get, "/");
    one.ask(http::verb::get, "/notes/large.txt");
    one.ask(http::verb::head, "/notes/large.txt");
    one.ask(http::verb::get, "/missing");
    one.ask(http::verb::get, "/../etc/passwd");
    one.ask(http::verb::delete_, "/");
    one.ask(http::verb::get, "/", std::string(2 * most_of_a_header, 'c'));
    client(server).send_half_a_request();
}

void run_demonstration()
{
    auto pattern = (fs::temp_directory_path() / "weft-http-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
    {
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    }
    const settings limits{.root = pattern, .request_time = 200ms};
    fs::create_directory(limits.root / "notes");
    std::ofstream(limits.root / "index.html") << "<h1>weft</h1>\n";
    std::ofstream(limits.root / "notes" / "large.txt") << std::string(1000000, 'l');
    weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
    weft::fiber server([&] { serve(acceptor, limits); });
    demonstrate(acceptor.local_endpoint());
    acceptor.close();
    server.join();
    fs::remove_all(limits.root);
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        weft::run([&] {
            if (argc < 2)
            {
                run_demonstration();
                return;
            }
            const auto port = static_cast<unsigned short>(argc > 2 ? std::stoi(argv[2]) : 0);
            weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), port});
            asio::signal_set signals(weft::this_executor(), SIGINT, SIGTERM);
            const weft::jfiber stopper([&] {
                signals.async_wait(weft::use_fiber);
                acceptor.close();
            });
            std::cout << "listening on " << acceptor.local_endpoint() << std::endl;
            serve(acceptor, {.root = argv[1]});
        });
    }
    catch (const std::exception& error)
    {
        std::cerr << "http_server: " << error.what() << '\n';
        return 1;
    }
    return 0;
}
