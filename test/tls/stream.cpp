// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "tls/support_tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <openssl/ssl.h>
#include <string>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

static_assert(weft::stream<tls_end>);
static_assert(weft::stream<weft::tls::stream<tls_end>>);

namespace
{

const error_code truncated = asio::ssl::error::stream_truncated;

std::string read_exactly(tls_end& from, std::size_t size)
{
    std::string got(size, '\0');
    asio::read(from, asio::buffer(got));
    return got;
}

error_code read_error(tls_end& from)
{
    char letter = 0;
    error_code error;
    from.read_some(asio::buffer(&letter, 1), error);
    return error;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls_streams, tls_world)

BOOST_AUTO_TEST_CASE(much_in_both_directions_at_once)
{
    run_fibers([this] {
        auto both = connect(2000);
        const std::string much(300000, 'm');
        const auto write_much = [&much](tls_end& to) { BOOST_TEST(to.write(asio::buffer(much)) == much.size()); };
        watched_fiber one([&] { write_much(both.client); });
        watched_fiber two([&] { write_much(both.server); });
        watched_fiber three([&] { BOOST_TEST((read_exactly(both.client, much.size()) == much)); });
        BOOST_TEST((read_exactly(both.server, much.size()) == much));
        one.join();
        two.join();
        three.join();
    });
}

BOOST_AUTO_TEST_CASE(several_writers_and_a_shutdown_while_they_wait)
{
    run_fibers([this] {
        auto both = connect(2000);
        const std::string record(16000, 'r');
        const auto write_record = [&] { BOOST_TEST(both.client.write_some(asio::buffer(record)) == record.size()); };
        watched_fiber one(write_record);
        watched_fiber two(write_record);
        this_fiber::yield(); // both wait for room now
        watched_fiber closing([&] { both.client.shutdown(asio::socket_base::shutdown_send); });
        this_fiber::yield();
        BOOST_TEST((read_exactly(both.server, 2 * record.size()) == record + record));
        BOOST_TEST((read_error(both.server) == asio::error::eof));
        one.join();
        two.join();
        closing.join();
    });
}

BOOST_AUTO_TEST_CASE(new_keys_in_the_middle_of_a_write)
{
    run_fibers([this] {
        auto both = connect(2000);
        const std::string much(50000, 'k');
        watched_fiber writer([&] { both.client.write(asio::buffer(much)); });
        this_fiber::yield(); // it waits for room now
        watched_fiber reader([&] { BOOST_TEST(read_exactly(both.client, 5) == "after"); });
        watched_fiber other([&] {
            BOOST_TEST(SSL_key_update(both.server.native_handle(), SSL_KEY_UPDATE_REQUESTED) == 1);
            both.server.write(asio::buffer("after", 5));
        });
        this_fiber::yield();
        BOOST_TEST((read_exactly(both.server, much.size()) == much));
        other.join();
        reader.join();
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(algorithms_and_several_buffers)
{
    run_fibers([this] {
        auto both = connect();
        asio::write(both.client, std::array{asio::buffer("GET", 3), asio::buffer(" /\r", 3), asio::buffer("\n", 1)});
        std::string line;
        BOOST_TEST(asio::read_until(both.server, asio::dynamic_buffer(line), "\r\n") == 7U);
        BOOST_TEST(line == "GET /\r\n");
        BOOST_TEST(both.client.write_some(asio::const_buffer()) == 0U);
        BOOST_TEST(both.client.read_some(asio::mutable_buffer()) == 0U);
    });
}

BOOST_AUTO_TEST_CASE(shutdown_is_the_end_of_the_stream)
{
    run_fibers([this] {
        auto both = connect();
        both.client.write(asio::buffer("last", 4));
        watched_fiber closing([&] { both.client.shutdown(); });
        BOOST_TEST(read_exactly(both.server, 4) == "last");
        BOOST_TEST((read_error(both.server) == asio::error::eof));
        char letter = 0;
        BOOST_TEST(both.server.read_some(asio::buffer(&letter, 1)) == 0U);
        both.server.shutdown();
        closing.join();
        both.client.close();
    });
}

BOOST_AUTO_TEST_CASE(half_close_leaves_the_way_back)
{
    run_fibers([this] {
        auto both = connect();
        both.client.shutdown(asio::socket_base::shutdown_send);
        BOOST_TEST((read_error(both.server) == asio::error::eof));
        both.server.write(asio::buffer("answer", 6));
        BOOST_TEST(read_exactly(both.client, 6) == "answer");
        both.server.shutdown();
        BOOST_TEST((read_error(both.client) == asio::error::eof));
        both.client.shutdown(asio::socket_base::shutdown_receive);
    });
}

BOOST_AUTO_TEST_CASE(shutdown_while_another_fiber_reads)
{
    run_fibers([this] {
        auto both = connect();
        watched_fiber reader([&] { BOOST_TEST((read_error(both.client) == asio::error::eof)); });
        this_fiber::yield();
        BOOST_TEST((read_error(both.client) == asio::error::already_started));
        both.client.shutdown(); // leaves the answer to the reader
        BOOST_TEST((read_error(both.server) == asio::error::eof));
        both.server.shutdown();
        reader.join();
    });
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_cut_off_is_no_end)
{
    run_fibers([this] {
        auto both = connect();
        both.client.write(asio::buffer("half a mess", 11));
        both.client.close();
        BOOST_TEST(read_exactly(both.server, 11) == "half a mess");
        BOOST_TEST((read_error(both.server) == truncated));
        BOOST_TEST((code_of([&] {
                        char letter = 0;
                        both.server.read_some(asio::buffer(&letter, 1));
                    }) == truncated));

        auto others = connect();
        watched_fiber closing([&] { BOOST_TEST((code_of([&] { others.client.shutdown(); }) == truncated)); });
        BOOST_TEST((read_error(others.server) == asio::error::eof));
        others.server.close(); // without an answer
        closing.join();
    });
}

BOOST_AUTO_TEST_CASE(records_that_were_tampered_with)
{
    run_fibers([this] {
        auto both = connect();
        const std::string record("\x17\x03\x03\x00\x20 thirty-two bytes of no meaning!!", 37);
        both.client.next_layer().write(asio::buffer(record));
        const auto error = read_error(both.server);
        BOOST_TEST((error.category() == asio::error::get_ssl_category()), error.message());
    });
}

BOOST_AUTO_TEST_CASE(interrupted_reads_lose_nothing)
{
    run_fibers(
        [this] {
            auto both = connect();
            {
                const weft::deadline limit(1s);
                BOOST_TEST((read_error(both.server) == asio::error::timed_out));
            }
            watched_fiber reader([&] { BOOST_TEST((read_error(both.server) == asio::error::operation_aborted)); });
            this_fiber::yield();
            reader.cancel();
            reader.join();
            both.client.write(asio::buffer("still here", 10));
            BOOST_TEST(read_exactly(both.server, 10) == "still here");
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(an_interrupted_write_is_sent_by_the_next)
{
    run_fibers(
        [this] {
            auto both = connect(2000);
            const std::string piece(16000, 'p');
            {
                const weft::deadline limit(1s);
                error_code error;
                BOOST_TEST(both.client.write_some(asio::buffer(piece), error) == piece.size());
                BOOST_TEST((error == asio::error::timed_out));
            }
            watched_fiber writer([&] { both.client.write(asio::buffer("more", 4)); });
            BOOST_TEST((read_exactly(both.server, piece.size() + 4) == piece + "more"));
            writer.join();
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(inside_of_any_stream)
{
    run_fibers([this] {
        auto both = connect();
        weft::any_stream client(std::move(both.client));
        weft::any_stream server(std::move(both.server));
        client.write(asio::buffer("erased", 6));
        std::string got(6, '\0');
        asio::read(server, asio::buffer(got));
        BOOST_TEST(got == "erased");
        client.shutdown(asio::socket_base::shutdown_send);
        BOOST_TEST(server.read_some(asio::buffer(got)) == 0U);
        server.close();
    });
}

BOOST_AUTO_TEST_CASE(tls_in_tls)
{
    run_fibers([this] {
        auto both = connect();
        weft::tls::stream<tls_end> client(std::move(both.client), client_side);
        weft::tls::stream<tls_end> server(std::move(both.server), server_side);
        watched_fiber serving([&] {
            server.accept();
            server.write(asio::buffer("deep", 4));
        });
        client.handshake("server.test");
        std::string got(4, '\0');
        asio::read(client, asio::buffer(got));
        BOOST_TEST(got == "deep");
        serving.join();
    });
}

BOOST_AUTO_TEST_CASE(asynchronous_ssl_with_use_fiber)
{
    run_fibers([this] {
        auto ends = weft::test::make_connection();
        weft::tls::stream<weft::tcp::socket> server(std::move(ends.server), server_side);
        watched_fiber serving([&] {
            server.accept();
            std::string got(4, '\0');
            asio::read(server, asio::buffer(got));
            server.write(asio::buffer(got));
            server.shutdown();
        });
        asio::ssl::context context(asio::ssl::context::tls_client);
        context.add_certificate_authority(asio::buffer(trusted.certificate()));
        asio::ssl::stream<asio::ip::tcp::socket> client(std::move(ends.client.next_layer()), context);
        client.async_handshake(asio::ssl::stream_base::client, weft::use_fiber);
        asio::async_write(client, asio::buffer("ping", 4), weft::use_fiber);
        std::string got(4, '\0');
        BOOST_TEST(asio::async_read(client, asio::buffer(got), weft::use_fiber) == 4U);
        BOOST_TEST(got == "ping");
        client.async_shutdown(weft::use_fiber);
        serving.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
