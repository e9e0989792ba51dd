// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_log.hpp"
#include "io/support_serving.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

const error_code eof = asio::error::eof;

using tcp_socket = weft::tcp::socket;

} // namespace

BOOST_FIXTURE_TEST_SUITE(serving, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(each_connection_has_a_fiber)
{
    run_fibers([] {
        running_server running(echo);
        std::vector<tcp_socket> clients(5);
        for (auto& client : clients)
        {
            client.connect(running.where);
        }
        for (auto& client : clients)
        {
            BOOST_TEST(ask(client, "hello\n") == "hello\n");
        }
        BOOST_TEST(running.server.counters().active == 5U);
        clients.clear();
        until([&] { return running.server.counters().finished == 5; });
        running.server.stop();
        running.fiber.join();
        BOOST_TEST(!running.acceptor.is_open());
        BOOST_TEST(running.server.counters().accepted == 5U);
        check_sum(running.server.counters());
        BOOST_TEST(try_to_ask(running.where) == error_code(asio::error::connection_refused).message());
    });
}

BOOST_AUTO_TEST_CASE(a_handler_that_fails_ends_its_connection_alone)
{
    const captured_log log;
    run_fibers([] {
        const auto handler = [](tcp_socket peer) {
            std::string line;
            const auto count = peer.read_until(line, "\n", 64);
            if (line == "throw\n")
            {
                throw std::runtime_error("as I was told");
            }
            if (line == "throw something\n")
            {
                throw 42;
            }
            peer.write(asio::buffer(line, count));
        };
        running_server running(handler);
        for (const auto* const line : {"throw\n", "throw something\n", "throw\n"})
        {
            tcp_socket client;
            client.connect(running.where);
            BOOST_TEST((code_of([&] { ask(client, line); }) == eof));
        }
        {
            tcp_socket garbage; // no line at all, and a reset
            garbage.connect(running.where);
            garbage.write(asio::buffer(std::string(10'000, '\xff')));
            weft::test::reset(garbage);
        }
        until([&] { return running.server.counters().failed == 4; });
        BOOST_TEST(try_to_ask(running.where) == "ok");
        running.server.stop();
        running.fiber.join();
        check_sum(running.server.counters());
    });
    BOOST_TEST(log.count("a connection's handler has failed") >= 1U);
    BOOST_TEST(log.count("as I was told") == 1U); // the second such line is held back
}

BOOST_AUTO_TEST_CASE(above_the_cap_they_wait)
{
    run_fibers([] {
        std::size_t most = 0;
        std::size_t now = 0;
        const auto handler = [&](tcp_socket peer) {
            most = std::max(most, ++now);
            echo(std::move(peer));
            --now;
        };
        running_server running(handler, {.max_connections = 2});
        std::vector<weft::fiber> clients;
        int answered = 0;
        for (int i = 0; i < 8; ++i)
        {
            clients.emplace_back([&] { answered += try_to_ask(running.where) == "ok" ? 1 : 0; });
        }
        for (auto& client : clients)
        {
            client.join();
        }
        BOOST_TEST(answered == 8);
        BOOST_TEST(most == 2U);
        running.server.stop();
        running.fiber.join();
        BOOST_TEST(running.server.counters().finished == 8U);
    });
}

BOOST_AUTO_TEST_CASE(above_the_cap_they_are_refused_if_that_is_wanted)
{
    run_fibers([] {
        running_server running(echo, {.max_connections = 1, .when_full = weft::when_full::refuse});
        tcp_socket first;
        first.connect(running.where);
        BOOST_TEST(ask(first, "hello\n") == "hello\n");
        tcp_socket second;
        second.connect(running.where);
        std::array<char, 4> data{};
        BOOST_TEST(second.read_some(asio::buffer(data)) == 0U);
        BOOST_TEST(running.server.counters().refused == 1U);
        first.close();
        until([&] { return running.server.counters().active == 0; });
        BOOST_TEST(try_to_ask(running.where) == "ok");
        running.server.stop();
        running.fiber.join();
        check_sum(running.server.counters());
    });
}

BOOST_AUTO_TEST_CASE(H25_a_slow_peer_has_its_time_and_no_more)
{
    const captured_log log;
    run_fibers(
        [this] {
            running_server running(echo, {.connection_limit = 10s});
            tcp_socket slow;
            slow.connect(running.where);
            until([&] { return running.server.counters().active == 1; });
            for (int i = 0; i < 10; ++i) // a byte now and then does not help it
            {
                slow.write(bytes("x"));
                standing.advance(1s);
                this_fiber::yield();
            }
            until([&] { return running.server.counters().failed == 1; });
            running.server.stop();
            until([&] {
                standing.advance(20ms); // the server's patience with the listen queue
                return !running.acceptor.is_open();
            });
            running.fiber.join();
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(several_acceptors_share_a_cap)
{
    run_fibers([] {
        weft::server server({.max_connections = 1});
        weft::tcp::acceptor one(loopback());
        weft::tcp::acceptor other(loopback());
        const auto first = one.local_endpoint();
        const auto second = other.local_endpoint();
        watched_fiber serving_one([&] { server.serve(one, echo); });
        watched_fiber serving_other([&] { server.serve(other, echo); });
        this_fiber::yield();
        tcp_socket client;
        client.connect(first);
        BOOST_TEST(ask(client, "hello\n") == "hello\n");
        std::string outcome;
        watched_fiber asking([&] { outcome = try_to_ask(second); });
        this_fiber::yield();
        BOOST_TEST(server.counters().active == 1U);
        client.close();
        asking.join();
        BOOST_TEST(outcome == "ok");
        server.stop();
        serving_one.join();
        serving_other.join();
        BOOST_TEST(server.counters().finished == 2U);
    });
}

BOOST_AUTO_TEST_CASE(local_sockets_are_served_too)
{
    run_fibers([] {
        const weft::local::endpoint name(std::string(1, '\0') + "weft-serve-" + std::to_string(::getpid()));
        weft::local::acceptor acceptor(name);
        weft::server server;
        watched_fiber serving([&] {
            server.serve(acceptor, [](weft::local::socket peer) {
                std::array<char, 8> data{};
                peer.write(asio::buffer(data, peer.read_some(asio::buffer(data))));
            });
        });
        this_fiber::yield();
        weft::local::socket queued;
        queued.next_layer().connect(name);
        queued.next_layer().non_blocking(true);
        server.stop();
        queued.write(bytes("ping"));
        std::array<char, 8> data{};
        BOOST_TEST(queued.read_some(asio::buffer(data)) == 4U);
        serving.join();
        BOOST_TEST(server.counters().finished == 1U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
