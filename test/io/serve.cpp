// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "io/support_log.hpp"

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
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::test::captured_log;
using weft::test::code_of;
using weft::test::error_code;
using weft::test::loopback;
using weft::test::run_fibers;
using weft::test::sequence;
using weft::test::watched_fiber;

namespace
{

const error_code aborted = asio::error::operation_aborted;
const error_code timed_out = asio::error::timed_out;
const error_code eof = asio::error::eof;

using tcp_socket = weft::tcp::socket;

asio::const_buffer bytes(std::string_view text)
{
    return asio::buffer(text);
}

/// Answers each line with the same, until the peer has no more.
void echo(tcp_socket peer)
{
    std::string data;
    for (;;)
    {
        error_code error;
        const auto count = peer.read_until(data, "\n", 1024, error);
        if (error == eof)
        {
            return;
        }
        weft::detail::throw_error(error, "echo");
        peer.write(asio::buffer(data, count));
        data.erase(0, count);
    }
}

std::string ask(tcp_socket& server, const std::string& line)
{
    server.write(asio::buffer(line));
    std::string answer;
    server.read_until(answer, "\n", 1024);
    return answer;
}

/// The outcome of asking: "ok", or the error.
std::string try_to_ask(const weft::tcp::endpoint& where)
{
    try
    {
        tcp_socket client;
        client.connect(where);
        return ask(client, "hello\n") == "hello\n" ? "ok" : "wrong";
    }
    catch (const boost::system::system_error& error)
    {
        return error.code().message();
    }
}

struct running_server
{
    template <class Handler>
    explicit running_server(Handler handler, weft::serve_options options = {})
        : server(std::move(options)), fiber([this, handler] { server.serve(acceptor, handler); })
    {
        this_fiber::yield();
    }

    weft::tcp::acceptor acceptor{loopback()};
    const weft::tcp::endpoint where = acceptor.local_endpoint();
    weft::server server;
    watched_fiber fiber;
};

/// What must always add up.
void check_sum(const weft::serve_counters& all)
{
    BOOST_TEST(all.accepted == all.active + all.finished + all.failed + all.canceled + all.refused);
}

/// Lets others run until it is so.
template <class Condition>
void until(Condition condition)
{
    while (!condition())
    {
        std::this_thread::yield();
        this_fiber::yield();
    }
}

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

// ── the end ─────────────────────────────────────────────────────────────────────────────────────────────────────────

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
