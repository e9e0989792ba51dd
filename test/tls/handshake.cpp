// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/sanitized.hpp"
#include "tls/support_tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <openssl/ssl.h>
#include <string>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

struct handshake_world : tls_world
{
    /// Why a client refuses a server with this certificate.
    std::string refusal(const weft::tls::identity& of_server, std::string_view host)
    {
        std::string why;
        run_fibers([&] {
            const weft::tls::server_context server({.own = of_server, .alpn = {}, .client_authorities = {}});
            auto both = make_ends(client_side, server);
            const auto result = shake_hands(both, host);
            BOOST_TEST(result.client.failed() == result.server.failed());
            why = both.client.why_not_trusted();
            BOOST_TEST(why.empty() == !result.client.failed());
        });
        return why;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls_handshakes, handshake_world)

BOOST_AUTO_TEST_CASE(both_sides_agree)
{
    run_fibers([this] {
        auto both = connect();
        BOOST_TEST(SSL_version(both.client.native_handle()) >= TLS1_2_VERSION);
        BOOST_TEST(SSL_get_servername(both.server.native_handle(), TLSEXT_NAMETYPE_host_name) == "server.test");
        BOOST_TEST(both.client.alpn().empty());
        both.client.write(asio::buffer("hello", 5));
        std::string got(5, '\0');
        asio::read(both.server, asio::buffer(got));
        BOOST_TEST(got == "hello");
    });
}

BOOST_AUTO_TEST_CASE(names_and_addresses_of_the_server)
{
    BOOST_TEST(refusal(trusted.issue("server.test"), "server.test") == "");
    BOOST_TEST(refusal(trusted.issue("*.server.test"), "www.server.test") == "");
    BOOST_TEST(refusal(trusted.issue("IP:127.0.0.1"), "127.0.0.1") == "");
    BOOST_TEST(refusal(trusted.issue("server.test"), "other.test") == "hostname mismatch");
    BOOST_TEST(refusal(trusted.issue("*.server.test"), "a.www.server.test") == "hostname mismatch");
    BOOST_TEST(refusal(trusted.issue("server.test"), "127.0.0.1") == "IP address mismatch");
}

BOOST_AUTO_TEST_CASE(certificates_that_nobody_should_trust)
{
    const authority other("another authority");
    BOOST_TEST(refusal(other.issue("server.test"), "server.test") == "unable to get local issuer certificate");
    BOOST_TEST(refusal(trusted.issue("server.test", validity::expired), "server.test") == "certificate has expired");
}

BOOST_AUTO_TEST_CASE(what_is_thrown_says_why)
{
    run_fibers([this] {
        auto both = make_ends();
        watched_fiber serving([&] {
            error_code error;
            both.server.accept(error);
            BOOST_TEST((error.category() == asio::error::get_ssl_category()), error.message());
        });
        try
        {
            both.client.handshake("other.test");
            BOOST_TEST(false, "nothing was thrown");
        }
        catch (const boost::system::system_error& failure)
        {
            BOOST_TEST(std::string(failure.what()).find("hostname mismatch") != std::string::npos, failure.what());
            BOOST_TEST((failure.code().category() == asio::error::get_ssl_category()));
        }
        serving.join();
    });
}

BOOST_AUTO_TEST_CASE(protocols_before_TLS_1_2_are_refused)
{
    run_fibers([this] {
        const weft::tls::client_context old(
            weft::tls::client_options{.trusted = trusted.certificate(), .alpn = {}, .own = {}});
        SSL_CTX_ctrl(old.native_handle(), SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_VERSION, nullptr);
        SSL_CTX_ctrl(old.native_handle(), SSL_CTRL_SET_MAX_PROTO_VERSION, TLS1_1_VERSION, nullptr);
        SSL_CTX_set_security_level(old.native_handle(), 0);
        auto both = make_ends(old, server_side);
        const auto result = shake_hands(both);
        BOOST_TEST(result.client.failed());
        BOOST_TEST(result.server.failed());
    });
}

BOOST_AUTO_TEST_CASE(alpn_takes_what_the_server_prefers)
{
    run_fibers([this] {
        const auto agreed_on = [this](std::vector<std::string> offered) {
            const weft::tls::client_context client(
                weft::tls::client_options{.trusted = trusted.certificate(), .alpn = std::move(offered), .own = {}});
            auto both = make_ends(client, server_side);
            const auto result = shake_hands(both);
            BOOST_TEST((both.client.alpn() == both.server.alpn()));
            return result.client ? "refused" : std::string(both.client.alpn());
        };
        BOOST_TEST(agreed_on({"http/1.1", "h2"}) == "h2");
        BOOST_TEST(agreed_on({"spdy", "http/1.1"}) == "http/1.1");
        BOOST_TEST(agreed_on({}) == "");
        BOOST_TEST(agreed_on({"spdy"}) == "refused");
    });
}

BOOST_AUTO_TEST_CASE(certificates_of_clients)
{
    run_fibers([this] {
        const authority of_clients("authority of clients");
        const weft::tls::server_context server(
            {.own = own, .alpn = {}, .client_authorities = of_clients.certificate()});
        const auto accepted = [&](const weft::tls::identity& of_client) {
            const weft::tls::client_context client(
                weft::tls::client_options{.trusted = trusted.certificate(), .alpn = {}, .own = of_client});
            auto both = make_ends(client, server);
            return !shake_hands(both).server;
        };
        BOOST_TEST(accepted(of_clients.issue("client.test")));
        BOOST_TEST(!accepted(trusted.issue("client.test")));
        BOOST_TEST(!accepted({}));
    });
}

BOOST_AUTO_TEST_CASE(garbage_is_an_error_on_either_side)
{
    run_fibers([this] {
        for (const bool is_client : {false, true})
        {
            auto both = make_ends();
            auto& victim = is_client ? both.client : both.server;
            auto& other = is_client ? both.server : both.client;
            const std::string noise(1000, 'G');
            watched_fiber writer([&] { other.next_layer().write(asio::buffer(noise)); });
            error_code error;
            is_client ? victim.handshake("server.test", error) : victim.accept(error);
            BOOST_TEST((error.category() == asio::error::get_ssl_category()), error.message());
            writer.join();
        }
    });
}

BOOST_AUTO_TEST_CASE(a_peer_that_goes_in_the_middle)
{
    run_fibers([this] {
        auto both = make_ends();
        both.client.close();
        error_code error;
        both.server.accept(error);
        BOOST_TEST((error == asio::ssl::error::stream_truncated), error.message());
    });
}

BOOST_AUTO_TEST_CASE(H25_a_peer_that_says_nothing)
{
    run_fibers(
        [this] {
            auto both = make_ends();
            {
                const weft::deadline limit(1s);
                BOOST_TEST((code_of([&] { both.server.accept(); }) == asio::error::timed_out));
            }
            watched_fiber waiting([&] {
                BOOST_TEST((code_of([&] { both.client.handshake("server.test"); }) == asio::error::operation_aborted));
            });
            this_fiber::yield();
            waiting.cancel();
            waiting.join();
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(each_side_has_its_own_call)
{
    run_fibers([this] {
        auto both = make_ends();
        BOOST_TEST((code_of([&] { both.client.accept(); }) == asio::error::invalid_argument));
        BOOST_TEST((code_of([&] { both.server.handshake("server.test"); }) == asio::error::invalid_argument));
        BOOST_TEST((code_of([&] { both.client.handshake(""); }) == asio::error::invalid_argument));
        BOOST_TEST((code_of([&] { both.client.handshake({"a\0b", 3}); }) == asio::error::invalid_argument));
    });
}

BOOST_AUTO_TEST_CASE(a_stack_of_64_KiB_is_ample)
{
    if (weft::test::skipped_if_sanitized("frames are larger"))
    {
        return;
    }
    run_fibers([this] {
        auto both = make_ends();
        weft::fiber serving(weft::attributes{.stack_size = 65536}, [&] { both.server.accept(); });
        weft::fiber connecting(weft::attributes{.stack_size = 65536}, [&] { both.client.handshake("server.test"); });
        serving.join();
        connecting.join();
    });
}

BOOST_AUTO_TEST_CASE(over_a_socket_with_connect)
{
    run_fibers([this] {
        const weft::tls::server_context server(
            {.own = trusted.issue("localhost"), .alpn = {}, .client_authorities = {}});
        weft::tcp::acceptor listener(weft::test::loopback());
        const auto service = std::to_string(listener.local_endpoint().port());
        watched_fiber serving([&] {
            weft::tls::stream<weft::tcp::socket> peer(listener.accept(), server);
            peer.accept();
            peer.write(asio::buffer("hi", 2));
            peer.shutdown();
        });
        auto client = weft::tls::connect("localhost", service, client_side);
        std::string got(10, '\0');
        BOOST_TEST(client.read_some(asio::buffer(got)) == 2U);
        BOOST_TEST(client.read_some(asio::buffer(got)) == 0U);
        client.shutdown();
        serving.join();
    });
}

BOOST_AUTO_TEST_CASE(ssl_streams_of_asio_on_weft_streams)
{
    run_fibers([this] {
        asio::ssl::context client_context(asio::ssl::context::tls_client);
        client_context.add_certificate_authority(asio::buffer(trusted.certificate()));
        client_context.set_verify_mode(asio::ssl::verify_peer);
        const auto talk = [&](auto below_client, auto below_server) {
            weft::tls::stream<decltype(below_server)> server(std::move(below_server), server_side);
            watched_fiber serving([&] {
                server.accept();
                std::string got(3, '\0');
                asio::read(server, asio::buffer(got));
                BOOST_TEST(got == "abc");
                server.shutdown();
            });
            asio::ssl::stream<decltype(below_client)> client(std::move(below_client), client_context);
            client.handshake(asio::ssl::stream_base::client);
            asio::write(client, asio::buffer("abc", 3));
            client.shutdown();
            serving.join();
        };
        auto ends = weft::test::make_connection();
        talk(std::move(ends.client), std::move(ends.server));
        auto ab = weft::make_pipe(100);
        talk(std::move(ab.first), std::move(ab.second));
        ab = weft::make_pipe();
        talk(weft::any_stream(std::move(ab.first)), weft::any_stream(std::move(ab.second)));
    });
}

BOOST_AUTO_TEST_SUITE_END()
