// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace weft::test;

namespace
{

using tcp_socket = weft::tcp::socket;
constexpr auto shut_both = tcp_socket::next_layer_type::shutdown_both;
constexpr auto shut_receive = tcp_socket::next_layer_type::shutdown_receive;
constexpr auto shut_send = tcp_socket::next_layer_type::shutdown_send;

const error_code eof = asio::error::eof;

error_code read_error(tcp_socket& from)
{
    std::array<char, 16> data{};
    error_code error;
    from.read_some(asio::buffer(data), error);
    return error;
}

/// Writes until the peer's absence shows.
error_code write_error(tcp_socket& to)
{
    const std::vector<char> block(65536);
    error_code error;
    while (!error)
    {
        to.write_some(asio::buffer(block), error);
    }
    return error;
}

bool is_lost(const error_code& error)
{
    return error == asio::error::broken_pipe || error == asio::error::connection_reset;
}

volatile std::sig_atomic_t pipe_signals = 0;

/// With the handler a SIGPIPE would be counted; without one it would end the program.
struct counts_sigpipe : weft::test::clean_descriptors
{
    counts_sigpipe()
    {
        pipe_signals = 0;
        std::signal(SIGPIPE, [](int) { pipe_signals = pipe_signals + 1; });
    }
    ~counts_sigpipe()
    {
        std::signal(SIGPIPE, SIG_DFL);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(stream_end, counts_sigpipe)

BOOST_AUTO_TEST_CASE(is_zero_bytes_or_an_error_code)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        server.write(asio::buffer("last", 4));
        server.close();
        std::array<char, 16> data{};
        BOOST_TEST(client.read_some(asio::buffer(data)) == 4U);
        BOOST_TEST(client.read_some(asio::buffer(data)) == 0U);
        BOOST_TEST((read_error(client) == eof));
        BOOST_TEST((read_error(client) == eof));
        BOOST_TEST(client.read_some(asio::buffer(data)) == 0U);
        BOOST_TEST(client.read_some(asio::mutable_buffer()) == 0U);
    });
}

BOOST_AUTO_TEST_CASE(ends_a_pending_read)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        weft::fiber reader([&] { BOOST_TEST((read_error(client) == eof)); });
        this_fiber::yield();
        server.close();
        reader.join();
    });
}

BOOST_AUTO_TEST_CASE(of_one_direction_leaves_the_other)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        client.write(asio::buffer("request", 7));
        client.shutdown(shut_send);
        std::string request;
        error_code error;
        asio::read(server, asio::dynamic_buffer(request), error);
        BOOST_TEST((error == eof));
        BOOST_TEST(request == "request");
        server.write(asio::buffer("response", 8));
        server.close();
        std::string response;
        asio::read(client, asio::dynamic_buffer(response), error);
        BOOST_TEST((error == eof));
        BOOST_TEST(response == "response");
    });
}

BOOST_AUTO_TEST_CASE(by_shutdown_of_the_own_side)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        client.shutdown(shut_receive);
        BOOST_TEST((read_error(client) == eof));
        BOOST_TEST((read_error(client) == eof));
        client.shutdown(shut_send);
        BOOST_TEST((code_of([&] { client.write_some(asio::buffer("x", 1)); }) == asio::error::broken_pipe));
    });
    BOOST_TEST(pipe_signals == 0);
}

BOOST_AUTO_TEST_CASE(by_reset_is_an_error_for_readers)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        weft::test::reset(server);
        std::array<char, 16> data{};
        BOOST_TEST((code_of([&] { client.read_some(asio::buffer(data)); }) == asio::error::connection_reset));
    });
}

BOOST_AUTO_TEST_CASE(by_reset_ends_a_pending_read)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        weft::fiber reader([&] { BOOST_TEST((read_error(client) == asio::error::connection_reset)); });
        this_fiber::yield();
        weft::test::reset(server);
        reader.join();
    });
}

BOOST_AUTO_TEST_CASE(by_reset_is_an_error_for_writers_without_a_signal)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        weft::test::reset(server);
        const auto first = write_error(client);
        BOOST_TEST(is_lost(first), first.message());
        const auto second = write_error(client);
        BOOST_TEST((second == asio::error::broken_pipe), second.message());
        BOOST_TEST(is_lost(code_of([&to = client] { to.write(asio::buffer("x", 1)); })));
    });
    BOOST_TEST(pipe_signals == 0);
}

BOOST_AUTO_TEST_CASE(by_reset_ends_a_pending_write)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        weft::test::fill(client);
        error_code error;
        weft::fiber writer([&] { error = write_error(client); });
        this_fiber::yield();
        weft::test::reset(server);
        writer.join();
        BOOST_TEST(is_lost(error), error.message());
    });
    BOOST_TEST(pipe_signals == 0);
}

BOOST_AUTO_TEST_CASE(in_the_middle_of_write_reports_how_far_it_came)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        const std::vector<char> much(std::size_t{64} << 20U);
        std::size_t written = 0;
        error_code error;
        weft::fiber writer([&] { written = client.write(asio::buffer(much), error); });
        this_fiber::yield();
        weft::test::reset(server);
        writer.join();
        BOOST_TEST(is_lost(error), error.message());
        BOOST_TEST(written > 0U);
        BOOST_TEST(written < much.size());
    });
    BOOST_TEST(pipe_signals == 0);
}

BOOST_AUTO_TEST_CASE(by_local_shutdown_of_both_ends_a_pending_write)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        weft::test::fill(client);
        error_code error;
        weft::fiber writer([&] { error = write_error(client); });
        this_fiber::yield();
        client.shutdown(shut_both);
        writer.join();
        BOOST_TEST(is_lost(error), error.message());
    });
    BOOST_TEST(pipe_signals == 0);
}

BOOST_AUTO_TEST_SUITE_END()
