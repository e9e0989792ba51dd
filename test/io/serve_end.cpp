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

const error_code aborted = asio::error::operation_aborted;
const error_code timed_out = asio::error::timed_out;

using tcp_socket = weft::tcp::socket;

} // namespace

BOOST_FIXTURE_TEST_SUITE(serving_ends, weft::test::virtual_time)

// ── the end
// ─────────────────────────────────────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(stop_lets_handlers_finish_and_serves_who_has_connected)
{
    run_fibers([] {
        running_server running(echo);
        tcp_socket early;
        early.connect(running.where);
        BOOST_TEST(ask(early, "one\n") == "one\n");
        std::vector<tcp_socket> waiting(3);
        for (auto& client : waiting)
        {
            client.next_layer().connect(running.where); // in the queue: no fiber has run since
            client.next_layer().non_blocking(true);
        }
        running.server.stop();
        running.server.stop();
        BOOST_TEST(running.server.is_stopping());
        this_fiber::yield();
        for (auto& client : waiting)
        {
            BOOST_TEST(ask(client, "queued\n") == "queued\n");
        }
        BOOST_TEST(ask(early, "two\n") == "two\n");
        BOOST_TEST((running.fiber.state() == weft::fiber_state::suspended));
        early.close();
        waiting.clear();
        running.fiber.join();
        BOOST_TEST(running.server.counters().finished == 4U);
        check_sum(running.server.counters());
    });
}

BOOST_AUTO_TEST_CASE(those_who_take_longer_than_the_grace_are_cancelled)
{
    run_fibers(
        [] {
            weft::cancel_reason why;
            const auto handler = [&](tcp_socket peer) {
                try
                {
                    echo(std::move(peer));
                }
                catch (...)
                {
                    why = this_fiber::cancel_reason();
                    throw;
                }
            };
            running_server running(handler, {.grace = 5s});
            tcp_socket idle;
            idle.connect(running.where);
            BOOST_TEST(ask(idle, "hello\n") == "hello\n");
            const auto start = this_fiber::now();
            running.server.stop();
            running.fiber.join();
            BOOST_TEST((this_fiber::now() - start == 5s));
            BOOST_TEST(why.text() == "server stopped");
            BOOST_TEST(running.server.counters().canceled == 1U);
            check_sum(running.server.counters());
            std::array<char, 4> data{};
            BOOST_TEST(idle.read_some(asio::buffer(data)) == 0U);
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(a_handler_can_know_of_the_stop)
{
    run_fibers([] {
        const auto handler = [](tcp_socket peer, std::stop_token stopping) {
            bool go_on = true;
            while (go_on)
            {
                // An idle connection does not keep the server from ending.
                weft::select(weft::on_readable(peer, [](error_code) {}),
                             weft::on_stop(stopping, [&] { go_on = false; }));
                std::string line;
                if (peer.available() != 0)
                {
                    peer.write(asio::buffer(line, peer.read_until(line, "\n", 64)));
                }
            }
        };
        running_server running(handler);
        tcp_socket idle;
        idle.connect(running.where);
        BOOST_TEST(ask(idle, "hello\n") == "hello\n");
        running.server.stop();
        running.fiber.join();
        BOOST_TEST(running.server.counters().finished == 1U);
    });
}

BOOST_AUTO_TEST_CASE(stop_from_elsewhere)
{
    const std::vector<std::function<void(running_server&, std::stop_source&)>> ways{
        [](running_server& which, std::stop_source&) { which.acceptor.close(); },
        [](running_server& which, std::stop_source&) { which.acceptor.cancel(); },
        [](running_server&, std::stop_source& token) { token.request_stop(); },
        [](running_server& which, std::stop_source&) { std::thread([&] { which.server.stop(); }).join(); },
    };
    for (const auto& way : ways)
    {
        run_fibers([&] {
            std::stop_source source;
            running_server running(echo, {.stop = source.get_token()});
            BOOST_TEST(try_to_ask(running.where) == "ok");
            way(running, source);
            running.fiber.join();
            BOOST_TEST(!running.acceptor.is_open());
            BOOST_TEST(running.server.counters().finished == 1U);
        });
    }
    run_fibers([] { // before it has begun
        std::stop_source source;
        source.request_stop();
        weft::serve(weft::tcp::acceptor(loopback()), echo, {.stop = source.get_token()});
    });
}

BOOST_AUTO_TEST_CASE(cancellation_and_deadline_end_it_at_once)
{
    run_fibers(
        [] {
            weft::tcp::acceptor acceptor(loopback());
            weft::server server;
            tcp_socket idle;
            idle.connect(acceptor.local_endpoint());
            {
                const weft::deadline limit(3s);
                BOOST_TEST((code_of([&] { server.serve(acceptor, echo); }) == timed_out));
            }
            BOOST_TEST(acceptor.is_open());
            BOOST_TEST(server.counters().canceled == 1U);

            tcp_socket another;
            another.connect(acceptor.local_endpoint());
            watched_fiber serving([&] { BOOST_TEST((code_of([&] { server.serve(acceptor, echo); }) == aborted)); });
            BOOST_TEST(ask(another, "x\n") == "x\n");
            serving.cancel();
            serving.join();
            BOOST_TEST(acceptor.is_open());
            BOOST_TEST(server.counters().canceled == 2U);
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(an_acceptor_that_fails_is_reported_after_an_orderly_end)
{
    run_fibers([] {
        weft::tcp::acceptor silent;
        silent.open(asio::ip::tcp::v4()); // does not listen
        weft::server server;
        BOOST_TEST((code_of([&] { server.serve(silent, echo); }) == asio::error::invalid_argument));
        BOOST_TEST(!silent.is_open());
    });
    BOOST_TEST((code_of([] {
                    asio::io_context io;
                    weft::serve(weft::tcp::acceptor(io.get_executor(), loopback()), echo);
                }) == make_error_code(boost::system::errc::operation_not_permitted)));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_io_context_ends_it)
{
    std::vector<error_code> ends;
    {
        asio::io_context io(1);
        bool is_served = false;
        weft::spawn(io, [&] {
            weft::tcp::acceptor acceptor(loopback());
            tcp_socket client;
            client.connect(acceptor.local_endpoint());
            const auto handler = [&](tcp_socket peer) {
                is_served = true;
                ends.push_back(code_of([&] { echo(std::move(peer)); }));
            };
            ends.push_back(code_of([&] { weft::serve(acceptor, handler); }));
        });
        while (!is_served)
        {
            io.run_one_for(weft::test::deadlock_limit);
        }
    }
    BOOST_TEST((ends == std::vector<error_code>{aborted, aborted}));
}

BOOST_AUTO_TEST_SUITE_END()
