// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H14: with Asio 1.81 the third asynchronous read after the end of a stream never completes, because its reactor
// waits for an edge that has come already. weft's streams remember the end.
//
// A read that hangs ends at the deadline here, in virtual time: without the latch in read_some() the third one does.

#include "io/support_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <string>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;

namespace
{

error_code read_error(weft::tcp::socket& from)
{
    std::array<char, 16> data{};
    error_code error;
    from.read_some(asio::buffer(data), error);
    return error;
}

const error_code eof = asio::error::eof;

} // namespace

BOOST_FIXTURE_TEST_SUITE(read_after_end, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(reports_the_end_again_and_again)
{
    run_fibers(
        [this] {
            const weft::deadline hang(1h);
            auto ends = make_connection();
            ends.server.close();
            weft::test::await_delivery(ends.client);
            for (int i = 0; i < 10; ++i)
            {
                BOOST_TEST((read_error(ends.client) == eof));
            }
            std::array<char, 16> data{};
            BOOST_TEST(ends.client.read_some(asio::buffer(data)) == 0U);
            BOOST_TEST((clock.now().time_since_epoch() == 1h));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(reports_it_at_once)
{
    run_fibers(
        [] {
            const weft::deadline hang(1h);
            auto ends = make_connection();
            ends.server.close();
            weft::test::await_delivery(ends.client);
            BOOST_TEST((read_error(ends.client) == eof));
            const auto before = weft::scheduler::current().counters().switches;
            BOOST_TEST((read_error(ends.client) == eof));
            BOOST_TEST((read_error(ends.client) == eof));
            BOOST_TEST(weft::scheduler::current().counters().switches == before);
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(after_data_and_end_in_one)
{
    run_fibers(
        [] {
            const weft::deadline hang(1h);
            auto ends = make_connection();
            ends.server.write(asio::buffer("last words", 10));
            weft::test::await_delivery(ends.client);
            ends.server.close();
            std::string got(10, '\0');
            error_code error;
            asio::read(ends.client, asio::buffer(got), error);
            weft::test::await_delivery(ends.client);
            asio::read(ends.client, asio::dynamic_buffer(got), error);
            BOOST_TEST((error == eof));
            BOOST_TEST(got == "last words");
            for (int i = 0; i < 3; ++i)
            {
                asio::read(ends.client, asio::dynamic_buffer(got), error);
                BOOST_TEST((error == eof));
                asio::read_until(ends.client, asio::dynamic_buffer(got), '\n', error);
                BOOST_TEST((error == eof));
            }
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(after_a_pending_read_has_met_it)
{
    run_fibers(
        [] {
            const weft::deadline hang(1h);
            auto ends = make_connection();
            weft::fiber reader([&] {
                const weft::deadline own(1h);
                for (int i = 0; i < 5; ++i)
                {
                    BOOST_TEST((read_error(ends.client) == eof));
                }
            });
            weft::this_fiber::yield();
            ends.server.shutdown(asio::socket_base::shutdown_send);
            reader.join();
            BOOST_TEST(ends.client.write(asio::buffer("still open this way", 19)) == 19U);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(does_not_outlive_the_connection)
{
    run_fibers(
        [] {
            const weft::deadline hang(1h);
            weft::tcp::acceptor listener(weft::test::loopback());
            weft::tcp::socket client;
            client.connect(listener.local_endpoint());
            listener.accept().close();
            BOOST_TEST((read_error(client) == eof));
            BOOST_TEST((read_error(client) == eof));
            client.close();
            client.connect(listener.local_endpoint());
            auto server = listener.accept();
            server.write(asio::buffer("new", 3));
            BOOST_TEST(!read_error(client));
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(is_not_confused_with_an_aborted_read)
{
    run_fibers(
        [] {
            auto ends = make_connection();
            {
                const weft::deadline limit(0s);
                BOOST_TEST((read_error(ends.client) == asio::error::timed_out));
            }
            ends.server.write(asio::buffer("more", 4));
            BOOST_TEST(!read_error(ends.client));
        },
        &standing);
}

BOOST_AUTO_TEST_SUITE_END()
