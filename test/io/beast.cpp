// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using weft::any_stream;
using namespace weft::test;

namespace
{

http::request<http::string_body> make_request(const std::string& body)
{
    http::request<http::string_body> request(http::verb::post, "/echo", 11);
    request.set(http::field::host, "here");
    request.body() = body;
    request.prepare_payload();
    return request;
}

/// Answers each request with its own body, until there are no more.
template <class Stream>
void serve_http(Stream& peer)
{
    beast::flat_buffer buffer;
    for (;;)
    {
        http::request<http::string_body> request;
        error_code error;
        http::read(peer, buffer, request, error);
        if (error == http::error::end_of_stream)
        {
            return;
        }
        BOOST_REQUIRE_MESSAGE(!error, error.message());
        http::response<http::string_body> response(http::status::ok, 11);
        response.body() = std::move(request.body());
        response.prepare_payload();
        http::write(peer, response);
    }
}

template <class Stream>
std::string ask_http(Stream& peer, const std::string& body)
{
    http::write(peer, make_request(body));
    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(peer, buffer, response);
    return response.body();
}

template <class Stream>
void talk_http(Stream client, Stream server)
{
    watched_fiber serving([&server] { serve_http(server); });
    const std::string much(100000, 'm');
    BOOST_TEST(ask_http(client, "hello") == "hello");
    BOOST_TEST((ask_http(client, much) == much)); // the same connection
    client.close();
    serving.join();
}

template <class Stream>
void talk_websocket(Stream client, Stream server)
{
    watched_fiber serving([&server] {
        websocket::stream<Stream&> peer(server);
        peer.accept();
        beast::flat_buffer buffer;
        error_code error;
        while (peer.read(buffer, error), !error)
        {
            peer.text(peer.got_text());
            peer.write(buffer.data());
            buffer.clear();
        }
        BOOST_TEST((error == websocket::error::closed), error.message());
        // The end of a WebSocket is the end of what is below.
        BOOST_TEST(server.write_some(asio::buffer("x", 1), error) == 0U);
        BOOST_TEST((error == asio::error::bad_descriptor), error.message());
    });
    websocket::stream<Stream&> peer(client);
    peer.handshake("here", "/");
    const std::string much(100000, 'w');
    for (const auto& message : {std::string("hello"), much})
    {
        peer.write(asio::buffer(message));
        beast::flat_buffer buffer;
        peer.read(buffer);
        BOOST_TEST((beast::buffers_to_string(buffer.data()) == message));
    }
    peer.close(websocket::close_code::normal);
    serving.join();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(beast_streams, weft::test::clean_descriptors)

BOOST_AUTO_TEST_CASE(http_on_a_socket)
{
    run_fibers([] {
        auto ends = weft::test::make_connection();
        talk_http(std::move(ends.client), std::move(ends.server));
    });
}

BOOST_AUTO_TEST_CASE(http_on_a_pipe)
{
    run_fibers([] {
        auto ends = weft::make_pipe(100);
        talk_http(std::move(ends.first), std::move(ends.second));
    });
}

BOOST_AUTO_TEST_CASE(http_on_any_stream)
{
    run_fibers([] {
        auto ends = weft::make_pipe();
        talk_http(any_stream(std::move(ends.first)), any_stream(std::move(ends.second)));
    });
}

BOOST_AUTO_TEST_CASE(http_that_is_not)
{
    run_fibers([] {
        auto ends = weft::make_pipe();
        ends.first.write(asio::buffer("\x16\x03\x01 not HTTP at all\r\n\r\n", 24));
        beast::flat_buffer buffer;
        http::request<http::string_body> request;
        error_code error;
        http::read(ends.second, buffer, request, error);
        BOOST_TEST((error == http::error::bad_method), error.message());
    });
}

BOOST_AUTO_TEST_CASE(websocket_on_a_socket)
{
    run_fibers([] {
        auto ends = weft::test::make_connection();
        talk_websocket(std::move(ends.client), std::move(ends.server));
    });
}

BOOST_AUTO_TEST_CASE(websocket_on_a_pipe)
{
    run_fibers([] {
        auto ends = weft::make_pipe(100);
        talk_websocket(std::move(ends.first), std::move(ends.second));
    });
}

BOOST_AUTO_TEST_CASE(websocket_on_any_stream)
{
    run_fibers([] {
        auto ends = weft::make_pipe();
        talk_websocket(any_stream(std::move(ends.first)), any_stream(std::move(ends.second)));
    });
}

BOOST_AUTO_TEST_CASE(truncated_websocket_frame)
{
    run_fibers([] {
        auto ends = weft::make_pipe();
        watched_fiber client([end = std::move(ends.first)]() mutable {
            websocket::stream<weft::pipe_end&> peer(end);
            peer.handshake("here", "/");
            end.write(asio::buffer("\x81\x85\x01\x02\x03\x04xy", 8)); // five bytes are promised
            end.close();
        });
        websocket::stream<weft::pipe_end> peer(std::move(ends.second));
        peer.accept();
        beast::flat_buffer buffer;
        error_code error;
        peer.read(buffer, error);
        BOOST_TEST((error == asio::error::eof), error.message());
        client.join();
    });
}

BOOST_AUTO_TEST_CASE(asynchronous_http_over_a_tcp_stream_with_use_fiber)
{
    run_fibers([] {
        auto ends = weft::test::make_connection();
        watched_fiber serving([&server = ends.server] { serve_http(server); });
        beast::tcp_stream client(std::move(ends.client.next_layer()));
        client.expires_after(weft::test::deadlock_limit);
        auto request = make_request("async");
        BOOST_TEST(http::async_write(client, request, weft::use_fiber) > 0U);
        beast::flat_buffer buffer;
        http::response<http::string_body> response;
        http::async_read(client, buffer, response, weft::use_fiber);
        BOOST_TEST(response.body() == "async");

        watched_fiber waiting([&] {
            const auto left_by =
                weft::test::code_of([&] { http::async_read(client, buffer, response, weft::use_fiber); });
            BOOST_TEST((left_by == asio::error::operation_aborted), left_by.message());
        });
        weft::this_fiber::yield();
        waiting.cancel();
        waiting.join();
        client.close();
        serving.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
