// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// What ends a wait on a socket besides its peer: close, cancel and shutdown by another fiber, the fiber's cancellation,
// a deadline. Every blocking call, in each of these ways.

#include "io/support_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

using tcp_socket = weft::tcp::socket;

const error_code aborted = asio::error::operation_aborted;
const error_code timed_out = asio::error::timed_out;
const error_code eof = asio::error::eof;

/// One blocking call of a socket, brought into a state in which it waits.
struct blocking_call
{
    const char* name;
    std::function<error_code(tcp_socket&)> call;
};

std::array<char, 64> unused_bytes;

const std::vector<blocking_call> calls_on_a_connection{
    {"read_some",
     [](tcp_socket& idle) {
         error_code error;
         idle.read_some(asio::buffer(unused_bytes), error);
         return error;
     }},
    {"asio::read",
     [](tcp_socket& idle) {
         error_code error;
         asio::read(idle, asio::buffer(unused_bytes), error);
         return error;
     }},
    {"asio::read_until",
     [](tcp_socket& idle) {
         error_code error;
         std::string data;
         asio::read_until(idle, asio::dynamic_buffer(data), '\n', error);
         return error;
     }},
    {"wait",
     [](tcp_socket& idle) {
         error_code error;
         idle.wait(tcp_socket::next_layer_type::wait_read, error);
         return error;
     }},
    {"write_some",
     [](tcp_socket& full) {
         error_code error;
         full.write_some(asio::buffer("x", 1), error);
         return error;
     }},
    {"write",
     [](tcp_socket& full) {
         error_code error;
         full.write(asio::buffer("x", 1), error);
         return error;
     }},
    {"throwing read_some",
     [](tcp_socket& idle) { return weft::test::code_of([&] { idle.read_some(asio::buffer(unused_bytes)); }); }},
    {"throwing write", [](tcp_socket& full) { return weft::test::code_of([&] { full.write(asio::buffer("x", 1)); }); }},
};

/// Runs each call in a fiber of its own until it waits, then `interrupt`, and hands over what it ended with.
void interrupt_each(const std::function<void(tcp_socket&, weft::fiber&)>& interrupt,
                    const std::function<void(error_code)>& check)
{
    for (const auto& one : calls_on_a_connection)
    {
        BOOST_TEST_CONTEXT(one.name)
        {
            auto ends = make_connection(weft::this_executor(), 4096);
            weft::test::fill(ends.client); // now it can neither be read from nor written to
            error_code result;
            watched_fiber waiting([&] { result = one.call(ends.client); });
            this_fiber::yield();
            BOOST_TEST((waiting.state() == weft::fiber_state::suspended));
            interrupt(ends.client, waiting);
            waiting.join();
            check(result);
        }
    }
}

void check_aborted(error_code result)
{
    BOOST_TEST((result == aborted), result.message());
}

void check_timed_out(error_code result)
{
    BOOST_TEST((result == timed_out), result.message());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(stream_interrupt, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(by_close)
{
    run_fibers([] { interrupt_each([](tcp_socket& which, weft::fiber&) { which.close(); }, check_aborted); });
}

BOOST_AUTO_TEST_CASE(by_cancel_of_the_socket)
{
    run_fibers([] {
        const auto interrupt = [](tcp_socket& which, weft::fiber&) {
            which.cancel();
            BOOST_TEST(which.is_open());
        };
        interrupt_each(interrupt, check_aborted);
    });
}

BOOST_AUTO_TEST_CASE(by_cancel_of_the_fiber)
{
    run_fibers([] { interrupt_each([](tcp_socket&, weft::fiber& which) { which.cancel(); }, check_aborted); });
}

BOOST_AUTO_TEST_CASE(by_shutdown)
{
    run_fibers([] {
        const auto interrupt = [](tcp_socket& which, weft::fiber&) {
            which.shutdown(tcp_socket::next_layer_type::shutdown_both);
        };
        const auto check = [](error_code result) {
            // Readers see the end of the stream (the throwing form of read_some, and wait, report success).
            BOOST_TEST((!result || result == eof || result == asio::error::broken_pipe), result.message());
        };
        interrupt_each(interrupt, check);
    });
}

BOOST_AUTO_TEST_CASE(by_a_deadline)
{
    for (const auto& one : calls_on_a_connection)
    {
        run_fibers(
            [&] {
                BOOST_TEST_CONTEXT(one.name)
                {
                    auto ends = make_connection(weft::this_executor(), 4096);
                    weft::test::fill(ends.client);
                    const auto start = this_fiber::now();
                    const weft::deadline limit(3s);
                    check_timed_out(one.call(ends.client));
                    BOOST_TEST((this_fiber::now() - start == 3s));
                    check_timed_out(one.call(ends.client)); // it stays over
                    BOOST_TEST((this_fiber::now() - start == 3s));
                }
            },
            &clock);
    }
}

BOOST_AUTO_TEST_CASE(by_cancellation_before_the_call)
{
    run_fibers([] {
        for (const auto& one : calls_on_a_connection)
        {
            BOOST_TEST_CONTEXT(one.name)
            {
                auto ends = make_connection();
                ends.server.write(asio::buffer("there is something\n", 19)); // and room to write
                ends.client.wait(tcp_socket::next_layer_type::wait_read);
                error_code result;
                watched_fiber canceled([&] { result = one.call(ends.client); });
                canceled.cancel();
                canceled.join();
                check_aborted(result);
                BOOST_TEST(ends.client.available() == 19U); // nothing was taken
            }
        }
    });
}

BOOST_AUTO_TEST_CASE(leaves_the_socket_usable)
{
    run_fibers([] {
        auto ends = make_connection();
        watched_fiber reader([&] { check_aborted(calls_on_a_connection.front().call(ends.client)); });
        this_fiber::yield();
        reader.cancel();
        reader.join();
        ends.server.write(asio::buffer("still", 5));
        std::string got(5, '\0');
        asio::read(ends.client, asio::buffer(got));
        BOOST_TEST(got == "still");
    });
}

BOOST_AUTO_TEST_CASE(reports_bytes_that_were_transferred)
{
    run_fibers(
        [this] {
            auto ends = make_connection();
            const std::vector<char> much(std::size_t{64} << 20U);
            std::size_t written = 0;
            error_code error;
            watched_fiber writer([&] {
                const weft::deadline limit(1s);
                written = ends.client.write(asio::buffer(much), error);
            });
            this_fiber::yield();
            standing.advance(1s);
            writer.join();
            check_timed_out(error);
            BOOST_TEST(written > 0U);
            std::vector<char> got(written);
            asio::read(ends.server, asio::buffer(got));
            BOOST_TEST(ends.server.available() == 0U);
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(of_one_direction_leaves_the_other_waiting)
{
    run_fibers([] {
        auto ends = make_connection(weft::this_executor(), 4096);
        weft::test::fill(ends.client);
        error_code write_result;
        std::string got(2, '\0');
        watched_fiber writer([&] { write_result = calls_on_a_connection[4].call(ends.client); });
        watched_fiber reader([&] { asio::read(ends.client, asio::buffer(got)); });
        this_fiber::yield();
        writer.cancel();
        writer.join();
        check_aborted(write_result);
        BOOST_TEST((reader.state() == weft::fiber_state::suspended));
        ends.server.write(asio::buffer("ok", 2));
        reader.join();
        BOOST_TEST(got == "ok");
    });
}

// ── connect ─────────────────────────────────────────────────────────────────────────────────────────────────────────

namespace
{

void interrupt_connect(const std::function<void(tcp_socket&, weft::fiber&)>& interrupt)
{
    run_fibers([&] {
        const crowded_listener nobody_accepts(weft::this_executor());
        tcp_socket client;
        error_code error;
        watched_fiber waiting([&] { client.connect(nobody_accepts.where(), error); });
        this_fiber::yield();
        BOOST_TEST((waiting.state() == weft::fiber_state::suspended));
        interrupt(client, waiting);
        waiting.join();
        check_aborted(error);
    });
}

} // namespace

BOOST_AUTO_TEST_CASE(of_connect_by_close)
{
    interrupt_connect([](tcp_socket& which, weft::fiber&) { which.close(); });
}

BOOST_AUTO_TEST_CASE(of_connect_by_cancel)
{
    interrupt_connect([](tcp_socket& which, weft::fiber&) { which.cancel(); });
    interrupt_connect([](tcp_socket&, weft::fiber& which) { which.cancel(); });
}

BOOST_AUTO_TEST_CASE(of_connect_by_a_deadline)
{
    run_fibers(
        [] {
            const crowded_listener nobody_accepts(weft::this_executor());
            const weft::deadline limit(2s);
            tcp_socket client;
            BOOST_TEST((weft::test::code_of([&] { client.connect(nobody_accepts.where()); }) == timed_out));
            const auto port = std::to_string(nobody_accepts.where().port());
            BOOST_TEST((weft::test::code_of([&] { weft::tcp::connect("127.0.0.1", port); }) == timed_out));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(of_connect_by_shutdown)
{
    run_fibers([] {
        const crowded_listener nobody_accepts(weft::this_executor());
        tcp_socket client;
        error_code error;
        watched_fiber waiting([&] { client.connect(nobody_accepts.where(), error); });
        this_fiber::yield();
        error_code ignored; // Linux calls it not connected, and gives the attempt up all the same
        client.shutdown(tcp_socket::next_layer_type::shutdown_both, ignored);
        waiting.join();
        BOOST_TEST(error.failed(), error.message());
    });
}

BOOST_AUTO_TEST_SUITE_END()
