// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Sockets between processes of one machine: streams, datagrams, seqpacket connections. Every blocking call, ready at
// once, woken later, and ended by each of the things that end it.

#include "io/support_messages.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

const error_code timed_out = asio::error::timed_out;
const error_code shut_down = asio::error::shut_down;
const error_code eof = asio::error::eof;

/// Fills the buffer of a local socket, and is the call that then has to wait.
template <class Socket>
error_code send_error(Socket& to)
{
    error_code error;
    while (!error)
    {
        to.send(bytes("more of the same"), error);
    }
    return error;
}

/// One call that waits on one of two connected sockets, ended in each way.
template <class Socket>
void end_each(const call_of<Socket>& call, const std::vector<interrupt<Socket>>& ways)
{
    for (const auto& way : ways)
    {
        BOOST_TEST_CONTEXT(way.name)
        {
            run_fibers([&] {
                auto [one, other] = weft::local::socketpair<Socket>();
                error_code result;
                watched_fiber waiting([&, &socket = one] { result = call(socket); });
                this_fiber::yield();
                BOOST_TEST((waiting.state() == weft::fiber_state::suspended));
                way.act(one, waiting);
                waiting.join();
                BOOST_TEST((result == way.result), result.message());
            });
        }
    }
}

template <class Socket>
void end_all_calls(weft::manual_clock& clock, error_code receive_after_shutdown, error_code send_after_shutdown)
{
    using next_layer = typename Socket::next_layer_type;
    end_each<Socket>(wait_error<Socket>, interrupts<Socket>());
    auto ways = interrupts<Socket>();
    ways.push_back({"shutdown", [](Socket& which, weft::fiber&) { which.shutdown(next_layer::shutdown_receive); },
                    receive_after_shutdown});
    end_each<Socket>(receive_error<Socket>, ways);
    ways.back() = {"shutdown", [](Socket& which, weft::fiber&) { which.shutdown(next_layer::shutdown_send); },
                   send_after_shutdown};
    end_each<Socket>(send_error<Socket>, ways);
    run_fibers([] {
        auto [one, other] = weft::local::socketpair<Socket>();
        std::string got;
        watched_fiber waiting([&, &socket = one] { got = receive(socket); });
        this_fiber::yield();
        one.shutdown(next_layer::shutdown_send); // does not touch who receives
        this_fiber::yield();
        BOOST_TEST((waiting.state() == weft::fiber_state::suspended));
        other.send(bytes("more"));
        waiting.join();
        BOOST_TEST(got == "more");
    });
    for (const auto& call : {call_of<Socket>(wait_error<Socket>), call_of<Socket>(receive_error<Socket>),
                             call_of<Socket>(send_error<Socket>)})
    {
        run_fibers(
            [&] {
                auto both = weft::local::socketpair<Socket>();
                const auto start = this_fiber::now();
                const weft::deadline limit(2s);
                BOOST_TEST((call(both.first) == timed_out));
                BOOST_TEST((this_fiber::now() - start == 2s));
            },
            &clock);
    }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(local_sockets, weft::test::virtual_time)

// ── within the machine
// ──────────────────────────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(pairs_of_streams_datagrams_and_seqpackets)
{
    run_fibers([] {
        auto streams = weft::local::socketpair();
        streams.first.write(bytes("a stream"));
        std::string got(8, '\0');
        streams.second.read(asio::buffer(got));
        BOOST_TEST(got == "a stream");

        auto datagrams = weft::local::socketpair<weft::local::datagram>();
        datagrams.first.send(bytes("one"));
        datagrams.first.send(bytes("two"));
        BOOST_TEST(receive(datagrams.second) == "one");
        BOOST_TEST(receive(datagrams.second) == "two");

        error_code error;
        weft::local::connect_pair(streams.first, streams.second, error);
        BOOST_TEST((error == asio::error::already_open));
    });
}

BOOST_AUTO_TEST_CASE(local_servers_at_an_abstract_name)
{
    run_fibers([] {
        const std::string name = std::string(1, '\0') + "weft-test-" + std::to_string(::getpid());
        weft::local::acceptor listener{weft::local::endpoint(name)};
        watched_fiber accepting([&] {
            auto peer = listener.accept();
            std::string line;
            peer.read_until(line, "\n", 64);
            peer.write(asio::buffer(line));
        });
        weft::local::socket client;
        client.connect(weft::local::endpoint(name));
        client.write(bytes("hello\n"));
        std::string answer;
        BOOST_TEST(client.read_until(answer, "\n", 64) == 6U);
        BOOST_TEST(answer == "hello\n");
        accepting.join();

        const std::string other_name = name + "-seqpacket";
        weft::local::seqpacket_acceptor packets{weft::local::seqpacket_endpoint(other_name)};
        weft::local::seqpacket sender;
        sender.connect(weft::local::seqpacket_endpoint(other_name));
        auto receiver = packets.accept();
        sender.send(bytes("first"));
        sender.send(bytes("second"));
        BOOST_TEST(receive(receiver) == "first");
        BOOST_TEST(receive(receiver) == "second");
    });
}

BOOST_AUTO_TEST_CASE(seqpacket_knows_borders_and_the_end)
{
    run_fibers([] {
        auto [one, other] = weft::local::socketpair<weft::local::seqpacket>();
        one.send(bytes("0123456789"));
        std::array<char, 4> few{};
        error_code error;
        BOOST_TEST(other.receive(asio::buffer(few), error) == 4U);
        BOOST_TEST((error == asio::error::message_size));
        BOOST_TEST((code_of([&, &from = one] { from.send(asio::const_buffer()); }) == asio::error::invalid_argument));

        one.send(bytes("last words"));
        one.close();
        BOOST_TEST(receive(other) == "last words");
        BOOST_TEST(receive(other).empty());
        BOOST_TEST((receive_error(other) == eof));
        const auto gone = send_error(other);
        BOOST_TEST((gone == asio::error::broken_pipe || gone == asio::error::connection_reset), gone.message());
    });
}

BOOST_AUTO_TEST_CASE(calls_on_local_datagrams_end)
{
    end_all_calls<weft::local::datagram>(clock, shut_down, shut_down);
}

BOOST_AUTO_TEST_CASE(calls_on_seqpackets_end)
{
    end_all_calls<weft::local::seqpacket>(clock, eof, asio::error::broken_pipe);
}

BOOST_AUTO_TEST_CASE(V13_shutdown_ends_the_calls_on_local_streams)
{
    using socket = weft::local::socket;
    run_fibers([] {
        auto [one, other] = weft::local::socketpair();
        error_code written;
        error_code ended = asio::error::fault;
        const std::string much(1 << 20U, 'm');
        watched_fiber writing([&, &to = one] { to.write(asio::buffer(much), written); });
        watched_fiber reading([&, &from = one] { from.read_some(asio::buffer(unused_bytes), ended); });
        this_fiber::yield();
        one.shutdown(socket::next_layer_type::shutdown_send);
        writing.join();
        BOOST_TEST((written == asio::error::broken_pipe), written.message());
        BOOST_TEST((reading.state() == weft::fiber_state::suspended));
        one.shutdown(socket::next_layer_type::shutdown_receive);
        reading.join();
        BOOST_TEST((ended == eof), ended.message());
    });
}

BOOST_AUTO_TEST_CASE(sending_waits_for_room)
{
    run_fibers([] {
        auto [one, other] = weft::local::socketpair<weft::local::seqpacket>();
        constexpr int messages = 3000;
        watched_fiber sending([&, &to = one] {
            for (int i = 0; i < messages; ++i)
            {
                to.send(asio::buffer(std::to_string(i)));
            }
            to.close();
        });
        this_fiber::yield();
        BOOST_TEST((sending.state() == weft::fiber_state::suspended)); // the queue is full
        int received = 0;
        for (auto text = receive(other); !text.empty(); text = receive(other))
        {
            BOOST_REQUIRE(text == std::to_string(received));
            ++received;
        }
        BOOST_TEST(received == messages);
        sending.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
