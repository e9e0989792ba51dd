// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// What peers do to a TLS server that must not hurt it; see io/hostile_clients.cpp.

#include "io/support_hostile.hpp"
#include "tls/support_tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace weft::test;
namespace asio = boost::asio;

namespace
{

constexpr auto time_for_a_session = 10s;

const error_code truncated = asio::ssl::error::stream_truncated;

bool is_of_openssl(const error_code& error)
{
    return error.category() == asio::error::get_ssl_category();
}

struct tls_siege : weft::test::tls_world
{
    using secure_socket = weft::tls::stream<weft::tcp::socket>;

    weft::test::captured_log log;

    /// Sends back what comes.
    void serve(weft::tcp::socket& peer) const
    {
        const weft::deadline limit(time_for_a_session);
        secure_socket secure(std::move(peer), server_side);
        secure.accept();
        std::array<char, 100> data;
        while (const auto count = secure.read_some(asio::buffer(data)))
        {
            secure.write(asio::buffer(data, count));
        }
        secure.shutdown();
    }

    secure_socket connect_to(const weft::tcp::endpoint& where) const
    {
        secure_socket client(weft::tcp::socket{}, client_side);
        client.next_layer().connect(where);
        client.handshake("server.test");
        return client;
    }

    void ask(const weft::tcp::endpoint& where) const
    {
        auto client = connect_to(where);
        client.write(bytes("hello"));
        std::string got(5, '\0');
        asio::read(client, asio::buffer(got));
        BOOST_TEST(got == "hello");
        client.shutdown();
    }

    template <class Body>
    void run(Body body)
    {
        run_fibers(
            [&] {
                besieged server([this](weft::tcp::socket& peer) { serve(peer); },
                                [this](const weft::tcp::endpoint& where) { ask(where); });
                body(server);
                server.stop(standing);
            },
            &standing);
    }

    /// What a client sends first.
    std::string client_hello() const
    {
        auto ends = weft::make_pipe();
        weft::fiber client([this, end = std::move(ends.first)]() mutable {
            error_code error;
            weft::test::tls_end(std::move(end), client_side).handshake("server.test", error);
        });
        std::string hello(10'000, '\0');
        hello.resize(ends.second.read_some(asio::buffer(hello)));
        ends.second.close();
        client.join();
        return hello;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls_hostile_peers, tls_siege)

BOOST_AUTO_TEST_CASE(records_that_are_none)
{
    run([](besieged& server) {
        for (const auto& record : {
                 "GET / HTTP/1.1\r\n\r\n"s,
                 std::string(5000, 'G'),
                 std::string(5, '\0'),
                 "\x16\x03\x01\xff\xff"s + std::string(5000, 'x'), // longer than a record may be
                 "\x16\x03\x01\0\0"s,
                 "\x16\x03\x01\0\4\1\xff\xff\xff"s, // a message longer than any
                 "\x16\x03\x01\0\5\1\0\0\1\0"s,
                 "\x17\x03\x03\0\1x"s,  // data before the handshake
                 "\x14\x03\x03\0\1\1"s, // ChangeCipherSpec
                 "\x15\x03\x01\0\2\2("  // a fatal alert
                 "\0\0\0"s,
             })
        {
            const auto left_by = server.withstand(record);
            BOOST_TEST((is_of_openssl(left_by) || left_by == truncated), left_by.message());
        }
        BOOST_TEST((server.withstand("") == truncated));
        BOOST_TEST((server.withstand("\x16\x03\x01") == truncated));
        BOOST_TEST((server.withstand("\x16\x03\x01", true) == asio::error::connection_reset));
    });
}

BOOST_AUTO_TEST_CASE(handshakes_that_break_off)
{
    run([this](besieged& server) {
        const auto hello = client_hello();
        for (const auto part : {hello.size() / 2, hello.size()})
        {
            BOOST_TEST((server.withstand(hello.substr(0, part)) == truncated));
            BOOST_TEST((server.withstand(hello.substr(0, part), true) == asio::error::connection_reset));
        }
        BOOST_TEST(is_of_openssl(server.withstand(hello + hello)));
        auto mutilated = hello;
        mutilated[hello.size() / 3] = static_cast<char>(~mutilated[hello.size() / 3]);
        mutilated += "\x17\x03\x03\0\1x"s; // should it be a hello nevertheless
        BOOST_TEST(is_of_openssl(server.withstand(mutilated)));

        std::vector<weft::tcp::socket> silent(3);
        for (std::size_t i = 0; i < silent.size(); ++i)
        {
            silent[i].connect(server.running.where);
            silent[i].write(bytes(std::string_view(hello).substr(0, i * hello.size() / 2)));
        }
        server.serve_a_good_client(); // after them, so that their sessions have begun
        until([&] { return server.running.server.counters().active == silent.size(); });
        server.left_by.clear();
        standing.advance(time_for_a_session);
        until([&] { return server.left_by.size() == silent.size(); });
        for (const auto error : server.left_by)
        {
            BOOST_TEST((error == asio::error::timed_out), error.message());
        }
    });
}

BOOST_AUTO_TEST_CASE(certificates_that_the_client_refuses)
{
    run([](besieged& server) {
        const weft::test::authority other("another authority");
        const weft::tls::client_context suspicious(
            weft::tls::client_options{.trusted = other.certificate(), .alpn = {}, .own = {}});
        server.withstand([&] {
            const auto before = server.left_by.size();
            secure_socket client(weft::tcp::socket{}, suspicious);
            client.next_layer().connect(server.running.where);
            error_code error;
            client.handshake("server.test", error);
            BOOST_TEST(is_of_openssl(error), error.message());
            BOOST_TEST(client.why_not_trusted() == "unable to get local issuer certificate");
            until([&] { return server.left_by.size() > before; });
        });
        BOOST_TEST(is_of_openssl(server.left_by.back()), server.left_by.back().message()); // it was told why
    });
}

BOOST_AUTO_TEST_CASE(connections_that_end_without_notice)
{
    run([this](besieged& server) {
        const auto after = [&](auto misdeed) {
            server.withstand([&] {
                const auto before = server.left_by.size();
                auto client = connect_to(server.running.where);
                misdeed(client.next_layer());
                until([&] { return server.left_by.size() > before; });
            });
            return server.left_by.back();
        };
        BOOST_TEST((after([](weft::tcp::socket& below) { below.close(); }) == truncated));
        BOOST_TEST(
            (after([](weft::tcp::socket& below) { below.shutdown(asio::socket_base::shutdown_send); }) == truncated));
        const auto by_reset = after([](weft::tcp::socket& below) { reset(below); });
        BOOST_TEST((by_reset == asio::error::connection_reset || by_reset == asio::error::broken_pipe),
                   by_reset.message());
        for (const auto& record :
             {"\x17\x03\x03\0\x20"s + std::string(32, 'f'), "\x17\x03\x03\xff\xff"s, "plain text"s})
        {
            const auto left_by = after([&](weft::tcp::socket& below) { below.write(bytes(record)); });
            BOOST_TEST(is_of_openssl(left_by), left_by.message());
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
