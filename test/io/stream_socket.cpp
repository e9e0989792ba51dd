// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <string>
#include <type_traits>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

using tcp_socket = weft::tcp::socket;
constexpr auto readable = tcp_socket::next_layer_type::wait_read;
constexpr auto writable = tcp_socket::next_layer_type::wait_write;

const error_code refused = asio::error::connection_refused;

std::string read_text(tcp_socket& from, std::size_t most = 100)
{
    std::string text(most, '\0');
    text.resize(from.read_some(asio::buffer(text)));
    return text;
}

/// A port that nobody listens on, for the moment.
weft::tcp::endpoint deserted()
{
    asio::ip::tcp::acceptor listener(weft::this_executor(), loopback());
    return listener.local_endpoint();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(stream_socket, weft::test::clean_descriptors)

BOOST_AUTO_TEST_CASE(connects_writes_and_reads)
{
    run_fibers([] {
        weft::tcp::acceptor listener(loopback());
        weft::fiber server([&] {
            auto peer = listener.accept();
            BOOST_TEST(read_text(peer) == "question");
            BOOST_TEST(peer.write(asio::buffer("answer", 6)) == 6U);
        });
        tcp_socket client;
        BOOST_TEST(!client.is_open());
        client.connect(listener.local_endpoint());
        BOOST_TEST(client.is_open());
        BOOST_TEST(client.remote_endpoint() == listener.local_endpoint());
        BOOST_TEST(client.write_some(asio::buffer("question", 8)) == 8U);
        BOOST_TEST(read_text(client) == "answer");
        server.join();
    });
}

BOOST_AUTO_TEST_CASE(connects_by_name)
{
    run_fibers([] {
        weft::tcp::acceptor listener(loopback());
        weft::fiber server([&] { listener.accept().write(asio::buffer("hello", 5)); });
        auto client = weft::tcp::connect("127.0.0.1", std::to_string(listener.local_endpoint().port()));
        BOOST_TEST(read_text(client) == "hello");
        server.join();
        const auto port = std::to_string(deserted().port());
        BOOST_TEST((code_of([&] { weft::tcp::connect("127.0.0.1", port); }) == refused));
        BOOST_TEST(code_of([] { weft::tcp::connect("127.0.0.1", "no such service"); }).failed());
    });
}

BOOST_AUTO_TEST_CASE(reports_a_refused_connection)
{
    run_fibers([] {
        const auto nobody = deserted();
        tcp_socket client;
        BOOST_TEST((code_of([&] { client.connect(nobody); }) == refused));
        tcp_socket other;
        error_code error;
        other.connect(nobody, error);
        BOOST_TEST((error == refused));
    });
}

BOOST_AUTO_TEST_CASE(reads_what_is_there_without_the_rest)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        server.write(asio::buffer("0123456789", 10));
        BOOST_TEST(read_text(client, 4) == "0123");
        BOOST_TEST(read_text(client, 100) == "456789");
    });
}

BOOST_AUTO_TEST_CASE(reads_later_what_is_not_there_yet)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        sequence steps;
        weft::fiber reader([&] {
            steps.emplace_back("reading");
            steps.push_back(read_text(client));
        });
        this_fiber::yield();
        steps.emplace_back("writing");
        server.write(asio::buffer("late", 4));
        reader.join();
        BOOST_TEST((steps == sequence{"reading", "writing", "late"}));
    });
}

BOOST_AUTO_TEST_CASE(scatters_and_gathers)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        const std::array parts{asio::buffer("ab", 2), asio::buffer("", 0), asio::buffer("cde", 3)};
        BOOST_TEST(server.write(parts) == 5U);
        client.wait(readable);
        std::array<char, 1> first{};
        std::array<char, 8> second{};
        BOOST_TEST(client.read_some(std::array{asio::buffer(first), asio::buffer(second)}) == 5U);
        BOOST_TEST(first[0] == 'a');
        BOOST_TEST(std::string(second.data(), 4) == "bcde");
    });
}

BOOST_AUTO_TEST_CASE(takes_buffers_without_bytes)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        BOOST_TEST(client.read_some(asio::mutable_buffer()) == 0U); // does not wait for anything
        BOOST_TEST(client.write_some(asio::const_buffer()) == 0U);
        BOOST_TEST(client.write(asio::const_buffer()) == 0U);
        error_code error = asio::error::fault;
        BOOST_TEST(client.read_some(asio::mutable_buffer(), error) == 0U);
        BOOST_TEST(!error);
        error = asio::error::fault;
        BOOST_TEST(client.write_some(asio::const_buffer(), error) == 0U);
        BOOST_TEST(!error);
        server.write(asio::buffer("x", 1)); // and that was not taken for the end of the stream
        BOOST_TEST(read_text(client) == "x");
    });
}

BOOST_AUTO_TEST_CASE(waits_until_ready)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        client.wait(writable);
        sequence steps;
        weft::fiber waiting([&] {
            client.wait(readable);
            steps.emplace_back("readable");
        });
        this_fiber::yield();
        steps.emplace_back("writing");
        server.write(asio::buffer("x", 1));
        waiting.join();
        BOOST_TEST((steps == sequence{"writing", "readable"}));
        BOOST_TEST(client.available() == 1U);
        error_code error;
        client.wait(readable, error);
        BOOST_TEST(!error);
    });
}

BOOST_AUTO_TEST_CASE(clears_the_error_code_on_success)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        error_code error = asio::error::fault;
        BOOST_TEST(client.write(asio::buffer("abc", 3), error) == 3U);
        BOOST_TEST(!error);
        error = asio::error::fault;
        std::array<char, 3> got{};
        BOOST_TEST(server.read_some(asio::buffer(got), error) == 3U);
        BOOST_TEST(!error);
        error = asio::error::fault;
        server.wait(writable, error);
        BOOST_TEST(!error);
    });
}

BOOST_AUTO_TEST_CASE(that_is_closed_reports_it)
{
    run_fibers([] {
        const error_code bad = asio::error::bad_descriptor;
        tcp_socket closed;
        std::array<char, 1> byte{};
        BOOST_TEST((code_of([&] { closed.read_some(asio::buffer(byte)); }) == bad));
        BOOST_TEST((code_of([&] { closed.write_some(asio::buffer(byte)); }) == bad));
        BOOST_TEST((code_of([&] { closed.write(asio::buffer(byte)); }) == bad));
        BOOST_TEST((code_of([&] { closed.wait(readable); }) == bad));
        BOOST_TEST((code_of([&] { closed.shutdown(tcp_socket::next_layer_type::shutdown_both); }) == bad));
        closed.close(); // no error, as with Asio
    });
}

BOOST_AUTO_TEST_CASE(can_be_connected_again_after_close)
{
    run_fibers([] {
        weft::tcp::acceptor listener(loopback());
        tcp_socket client;
        for (int i = 0; i < 2; ++i)
        {
            client.connect(listener.local_endpoint());
            {
                auto server = listener.accept();
                server.write(asio::buffer("hi", 2));
            }
            BOOST_TEST(read_text(client) == "hi");
            BOOST_TEST(read_text(client) == "");
            client.close();
        }
    });
}

BOOST_AUTO_TEST_CASE(moves_with_its_state)
{
    static_assert(std::is_nothrow_move_constructible_v<tcp_socket> && !std::is_copy_constructible_v<tcp_socket>);
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        server.close();
        BOOST_TEST(read_text(client) == "");
        auto moved = std::move(client);
        error_code error;
        std::array<char, 1> byte{};
        moved.read_some(asio::buffer(byte), error);
        BOOST_TEST((error == asio::error::eof));
        auto other = make_connection();
        moved = std::move(other.client); // a new stream, which has not ended
        other.server.write(asio::buffer("z", 1));
        BOOST_TEST(read_text(moved) == "z");
    });
}

BOOST_AUTO_TEST_CASE(works_on_a_strand_that_several_threads_run)
{
    asio::io_context io(3);
    std::string got;
    weft::spawn(weft::scheduler(asio::make_strand(io)), [&] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        weft::fiber echo([&] {
            std::array<char, 16> data{};
            while (const auto n = server.read_some(asio::buffer(data)))
            {
                server.write(asio::buffer(data, n));
            }
        });
        for (int i = 0; i < 200; ++i)
        {
            client.write(asio::buffer("ping", 4));
            got = read_text(client, 4);
        }
        client.close();
        echo.join();
    });
    std::thread second([&] { io.run(); });
    std::thread third([&] { io.run(); });
    weft::test::drain(io);
    second.join();
    third.join();
    BOOST_TEST(got == "ping");
}

BOOST_AUTO_TEST_SUITE_END()
