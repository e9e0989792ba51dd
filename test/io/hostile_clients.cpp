// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// What peers do to a server that must not hurt it: each gives a clear error in its own session, the others are served
// meanwhile and afterwards, and nothing is kept.

#include "io/support_hostile.hpp"

#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

namespace
{

constexpr auto time_for_a_request = 10s;
constexpr std::uint32_t most_of_a_header = 1024;
constexpr std::size_t length_of_the_large_answer = 16'000'000;

/// What a careful server bounds: the time for a request to arrive and for an answer to be taken, and a request's size.
void serve_http(weft::tcp::socket& peer)
{
    beast::flat_buffer buffer(2 * most_of_a_header);
    for (;;)
    {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(most_of_a_header);
        error_code error;
        const weft::deadline limit(time_for_a_request);
        http::read(peer, buffer, parser, error);
        if (error == http::error::end_of_stream)
        {
            return;
        }
        weft::detail::throw_error(error, "http");
        http::response<http::string_body> response(http::status::ok, 11);
        response.body() = parser.get().target() == "/large" ? std::string(length_of_the_large_answer, 'l') : "hello";
        response.prepare_payload();
        http::write(peer, response);
    }
}

void ask_http(const weft::tcp::endpoint& where)
{
    weft::tcp::socket client;
    client.connect(where);
    client.write(bytes("GET / HTTP/1.1\r\n\r\n"));
    expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

constexpr std::string_view upgrade = "GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

void serve_websocket(weft::tcp::socket& peer)
{
    const weft::deadline limit(time_for_a_request);
    websocket::stream<weft::tcp::socket&, false> messages(peer); // without compression
    messages.read_message_max(1000);
    messages.accept();
    for (;;)
    {
        beast::flat_buffer buffer;
        error_code error;
        messages.read(buffer, error);
        if (error == websocket::error::closed)
        {
            return;
        }
        weft::detail::throw_error(error, "websocket");
        messages.write(buffer.data());
    }
}

void ask_websocket(const weft::tcp::endpoint& where)
{
    weft::tcp::socket client;
    client.connect(where);
    client.write(bytes(upgrade));
    std::string answer;
    client.read_until(answer, "\r\n\r\n", 1024);
    client.write(bytes("\x82\x82\0\0\0\0hi"s));
    expect(client, "\x81\x02hi");
    client.write(bytes("\x88\x82\0\0\0\0\x03\xe8"s));
    expect(client, "\x88\x02\x03\xe8");
}

/// A client per request that this one writes, and never reads.
std::vector<weft::tcp::socket> connect_many(besieged& server, std::size_t count, std::string_view request)
{
    std::vector<weft::tcp::socket> clients(count);
    for (auto& client : clients)
    {
        client.connect(server.running.where);
        client.write(bytes(request));
    }
    server.serve_a_good_client(); // after them, so that their sessions have begun
    until([&] { return server.running.server.counters().active == count; });
    return clients;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(hostile_clients, weft::test::siege)

BOOST_AUTO_TEST_CASE(H25_slow_loris)
{
    run_fibers(
        [this] {
            besieged server(serve_http, ask_http);
            auto clients = connect_many(server, 20, "GET / HTTP/1.1\r\n");
            for (auto passed = 0s; passed < time_for_a_request; ++passed)
            {
                BOOST_TEST(server.running.server.counters().failed == 0U);
                for (auto& client : clients) // what arrives now and then does not help it
                {
                    client.write(bytes("x: y\r\n"));
                }
                server.serve_a_good_client();
                standing.advance(1s);
            }
            until([&] { return server.running.server.counters().failed == clients.size(); });
            BOOST_TEST(server.left_by.size() == clients.size());
            for (const auto error : server.left_by)
            {
                BOOST_TEST((error == asio::error::timed_out), error.message());
            }
            server.serve_a_good_client();
            server.stop(standing);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(H25_peers_that_are_there_no_more)
{
    run_fibers(
        [this] {
            besieged server(serve_http, ask_http);
            // One says nothing, one stops in the middle, one does not take its answer: as if a cable had been cut.
            for (const auto* const request : {"", "GET / HT", "GET /large HTTP/1.1\r\n\r\n"})
            {
                server.left_by.clear();
                const auto clients = connect_many(server, 5, request);
                standing.advance(time_for_a_request - 1ms);
                server.serve_a_good_client();
                BOOST_TEST(server.left_by.empty());
                standing.advance(1ms);
                until([&] { return server.left_by.size() == clients.size(); });
                BOOST_TEST((server.left_by.front() == asio::error::timed_out), server.left_by.front().message());
                until([&] { return server.running.server.counters().active == 0; });
            }
            server.stop(standing);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(H25_resets_in_each_state)
{
    run_fibers(
        [this] {
            besieged server(serve_http, ask_http);
            const error_code reset_by_peer = asio::error::connection_reset;
            BOOST_TEST((server.withstand("", true) == reset_by_peer));
            BOOST_TEST((server.withstand("GET / HTTP/1.1\r\n", true) == reset_by_peer));
            const auto in_the_answer = server.withstand("GET /large HTTP/1.1\r\n\r\n", true);
            BOOST_TEST((in_the_answer == reset_by_peer || in_the_answer == asio::error::broken_pipe),
                       in_the_answer.message());
            server.withstand([&] { // before anybody has accepted them
                const auto left = server.left_by.size();
                for (int i = 0; i < 10; ++i)
                {
                    weft::tcp::socket client;
                    client.next_layer().connect(server.running.where);
                    reset(client);
                }
                until([&] { return server.left_by.size() == left + 10; });
                BOOST_TEST((server.left_by.back() == reset_by_peer), server.left_by.back().message());
            });
            server.withstand([&] { // between two requests
                const auto left = server.left_by.size();
                weft::tcp::socket client;
                client.connect(server.running.where);
                client.write(bytes("GET / HTTP/1.1\r\n\r\n"));
                expect(client, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
                reset(client);
                until([&] { return server.left_by.size() == left + 1; });
                BOOST_TEST((server.left_by.back() == reset_by_peer), server.left_by.back().message());
            });
            server.stop(standing);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(requests_that_are_none)
{
    run_fibers(
        [this] {
            besieged server(serve_http, ask_http);
            const auto with = [](const std::string& fields) { return "GET / HTTP/1.1\r\n" + fields + "\r\n\r\n"; };
            const std::vector<std::pair<std::string, http::error>> requests{
                {"GET / HT", http::error::partial_message},
                {"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03"s + std::string(500, 'T'), http::error::bad_method},
                {std::string(3, '\0'), http::error::bad_method},
                {"GET / HTTP/9.9\r\n\r\n", http::error::bad_version},
                {"GET /\x01 HTTP/1.1\r\n\r\n", http::error::bad_target},
                {with("no colon"), http::error::bad_field},
                {with("a: b\0c"s), http::error::bad_value},
                {with("Content-Length: 99999999999999999999"), http::error::bad_content_length},
                {with("Content-Length: -1"), http::error::bad_content_length},
                {with("Transfer-Encoding: chunked") + "xyz\r\n", http::error::bad_chunk},
                {with("Content-Length: 5") + "12345", http::error::unexpected_body},
                {with("Cookie: " + std::string(most_of_a_header, 'c')), http::error::header_limit},
                {"GET /" + std::string(100'000, 'l') + " HTTP/1.1\r\n\r\n", http::error::header_limit},
                {with(std::string(100'000, 'f') + ": v"), http::error::header_limit},
            };
            for (const auto& [request, expected] : requests)
            {
                const auto left_by = server.withstand(request);
                BOOST_TEST((left_by == expected), request.substr(0, 40) << " gives: " << left_by.message());
            }
            server.stop(standing);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(websocket_frames_that_are_none)
{
    run_fibers(
        [this] {
            besieged server(serve_websocket, ask_websocket);
            const std::string key("\0\0\0\0", 4);
            const std::vector<std::pair<std::string, error_code>> frames{
                {"", asio::error::eof},
                {"\x81", asio::error::eof},
                {"\x81\x85" + key + "xy", asio::error::eof}, // five bytes are promised
                {"\x81\x05hello", websocket::error::bad_unmasked_frame},
                {"\x83\x80" + key, websocket::error::bad_opcode},
                {"\xf1\x80" + key, websocket::error::bad_reserved_bits},
                {"\x81\x81" + key + "\xff", websocket::error::bad_frame_payload},
                {"\x82\xff\0\0\1\0\0\0\0\0"s + key, websocket::error::message_too_big},
                {"\x82\xff\0\0\0\0\0\0\0\1"s + key, websocket::error::bad_size},
                {"\x82\xfe\0\1"s + key, websocket::error::bad_size},
                {"\x09\x80" + key, websocket::error::bad_control_fragment},
                {"\x89\xfe\0\x80"s + key, websocket::error::bad_control_size},
                {"\x80\x80" + key, websocket::error::bad_continuation},
                {"\x88\x81" + key + "x", websocket::error::bad_close_size},
                {"\x88\x82" + key + "\x03\xec", websocket::error::bad_close_code},
            };
            for (const auto& [frame, expected] : frames)
            {
                const auto left_by = server.withstand(std::string(upgrade) + frame);
                BOOST_TEST((left_by == expected), "expected: " << expected.message() << ", got: " << left_by.message());
            }
            BOOST_TEST((server.withstand(std::string(upgrade) + "\x81\x85", true) == asio::error::connection_reset));
            BOOST_TEST((server.withstand("GET / HTTP/1.1\r\n\r\n") == websocket::error::no_host));
            BOOST_TEST((server.withstand(upgrade.substr(0, 100)) == http::error::partial_message));

            const auto silent = connect_many(server, 3, upgrade);
            server.left_by.clear();
            standing.advance(time_for_a_request);
            until([&] { return server.left_by.size() == silent.size(); });
            BOOST_TEST((server.left_by.front() == asio::error::timed_out), server.left_by.front().message());
            server.stop(standing);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(names_of_no_host)
{
    run_fibers(
        [this] {
            // A gateway to wherever the client wants.
            const auto gateway = [](weft::tcp::socket& peer) {
                std::string name;
                name.resize(peer.read_until(name, "\n", 1024) - 1);
                weft::tcp::connect(name, "1");
            };
            const auto good_client = [](const weft::tcp::endpoint& where) {
                weft::tcp::socket client;
                client.connect(where);
                client.write(bytes("127.0.0.1\n"));
                std::string rest(1, '\0');
                BOOST_TEST(client.read_some(asio::buffer(rest)) == 0U);
            };
            besieged server(gateway, good_client);
            for (const auto* const name : {"no-such-host.invalid\n", "a host\n", "127.0.0.256\n", "[::1\n"})
            {
                weft::tcp::socket client;
                client.connect(server.running.where);
                client.write(bytes(name));
                std::string rest(1, '\0');
                BOOST_TEST(client.read_some(asio::buffer(rest)) == 0U);
                const auto left_by = server.left_by.back();
                // The second without a name server.
                BOOST_TEST((left_by == asio::error::host_not_found || left_by == asio::error::host_not_found_try_again),
                           name << left_by.message());
                server.serve_a_good_client(); // refused by that port, which is not the server's fault
                BOOST_TEST((server.left_by.back() == asio::error::connection_refused));
            }
            server.stop(standing);
        },
        &standing);
}

BOOST_AUTO_TEST_SUITE_END()
