// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// UDP: every blocking call, ready at once, woken later, and ended by each of the things that end it.

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

const error_code aborted = asio::error::operation_aborted;
const error_code timed_out = asio::error::timed_out;
const error_code shut_down = asio::error::shut_down;

weft::udp::endpoint any_port()
{
    return {asio::ip::address_v4::loopback(), 0};
}

/// Two UDP sockets that are each other's peers.
struct udp_pair
{
    weft::udp::socket one{any_port()};
    weft::udp::socket other{any_port()};

    udp_pair()
    {
        one.connect(other.local_endpoint());
        other.connect(one.local_endpoint());
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(udp_sockets, weft::test::virtual_time)

// ── UDP
// ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(V14_udp_without_a_peer)
{
    run_fibers([] {
        weft::udp::socket server(any_port());
        weft::udp::socket client(any_port());
        client.send_to(bytes("question"), server.local_endpoint());
        std::string data(64, '\0');
        weft::udp::endpoint from;
        data.resize(server.receive_from(asio::buffer(data), from)); // there already
        BOOST_TEST(data == "question");
        BOOST_TEST(from == client.local_endpoint());

        watched_fiber waiting([&] { // woken later
            std::string answer(64, '\0');
            answer.resize(client.receive_from(asio::buffer(answer), from));
            BOOST_TEST(answer == "answer");
            BOOST_TEST(from == server.local_endpoint());
        });
        this_fiber::yield();
        error_code error = asio::error::fault;
        BOOST_TEST(server.send_to(bytes("answer"), client.local_endpoint(), error) == 6U);
        BOOST_TEST(!error);
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(V14_udp_with_a_peer)
{
    run_fibers([] {
        udp_pair ends;
        ends.one.send(bytes("first"));
        ends.one.send(bytes("second"));
        std::string data(64, '\0');
        BOOST_TEST(ends.other.receive(asio::buffer(data), weft::udp::socket::next_layer_type::message_peek) == 5U);
        BOOST_TEST(receive(ends.other) == "first");
        BOOST_TEST(ends.other.available() == 6U);
        BOOST_TEST(receive(ends.other) == "second");

        weft::udp::socket stranger(any_port());
        stranger.send_to(bytes("spam"), ends.other.local_endpoint());
        ends.one.send(asio::const_buffer());
        BOOST_TEST(receive(ends.other).empty()); // an empty datagram, and nothing of the stranger's
        BOOST_TEST(ends.other.remote_endpoint() == ends.one.local_endpoint());
    });
}

BOOST_AUTO_TEST_CASE(a_datagram_that_is_too_long_is_cut)
{
    run_fibers([] {
        udp_pair ends;
        ends.one.send(bytes("0123456789"));
        ends.one.send(bytes("next"));
        std::array<char, 4> few{};
        BOOST_TEST(ends.other.receive(asio::buffer(few)) == 4U);
        BOOST_TEST(receive(ends.other) == "next");
        const std::string monster(70000, 'm');
        BOOST_TEST((code_of([&] { ends.one.send(asio::buffer(monster)); }) == asio::error::message_size));
    });
}

BOOST_AUTO_TEST_CASE(nobody_at_the_other_end_is_an_error)
{
    run_fibers([] {
        udp_pair ends;
        ends.other.close();
        ends.one.send(bytes("anybody?"));
        BOOST_TEST((receive_error(ends.one) == asio::error::connection_refused));
        BOOST_TEST((code_of([&] { ends.other.send(bytes("x")); }) == asio::error::bad_descriptor));
        BOOST_TEST((receive_error(ends.other) == asio::error::bad_descriptor));
    });
}

BOOST_AUTO_TEST_CASE(V14_broadcast_and_multicast_as_in_asio)
{
    run_fibers([] {
        weft::udp::socket sender(any_port());
        const weft::udp::endpoint everybody(asio::ip::make_address_v4("127.255.255.255"), 9); // there without a network
        BOOST_TEST((code_of([&] { sender.send_to(bytes("x"), everybody); }) == asio::error::access_denied));
        sender.set_option(asio::socket_base::broadcast(true));
        asio::socket_base::broadcast allowed;
        sender.get_option(allowed);
        BOOST_TEST(allowed.value());

        const auto group = asio::ip::make_address_v4("239.255.77.7");
        const auto loopback = asio::ip::address_v4::loopback();
        weft::udp::socket member(weft::udp::endpoint(asio::ip::address_v4::any(), 0));
        error_code error;
        member.set_option(asio::ip::multicast::join_group(group, loopback), error);
        BOOST_REQUIRE_MESSAGE(!error, error.message());
        sender.set_option(asio::ip::multicast::outbound_interface(loopback));
        sender.set_option(asio::ip::multicast::enable_loopback(true));
        sender.send_to(bytes("to all"), {group, member.local_endpoint().port()});
        BOOST_TEST(receive(member) == "to all");
    });
}

BOOST_AUTO_TEST_CASE(V14_udp_calls_end)
{
    using socket = weft::udp::socket;
    auto ways = interrupts<socket>();
    // Without a peer the system says "not connected", and Linux wakes the receiver all the same.
    ways.push_back({"shutdown",
                    [](socket& which, weft::fiber&) { which.shutdown(socket::next_layer_type::shutdown_receive); },
                    shut_down});
    for (const auto& way : ways)
    {
        for (const bool from_anybody : {true, false})
        {
            BOOST_TEST_CONTEXT(way.name << (from_anybody ? ", receive_from" : ", receive"))
            {
                run_fibers([&] {
                    socket idle(any_port());
                    error_code result;
                    watched_fiber waiting([&] {
                        weft::udp::endpoint from;
                        from_anybody ? idle.receive_from(asio::buffer(unused_bytes), from, result)
                                     : idle.receive(asio::buffer(unused_bytes), result);
                    });
                    this_fiber::yield();
                    way.act(idle, waiting);
                    waiting.join();
                    BOOST_TEST((result == way.result), result.message());
                    if (way.result == shut_down)
                    {
                        BOOST_TEST((receive_error(idle) == shut_down));
                        idle.send_to(bytes("x"),
                                     idle.local_endpoint()); // the other direction goes on
                        idle.shutdown(socket::next_layer_type::shutdown_both);
                        BOOST_TEST((code_of([&] { idle.send_to(bytes("x"), idle.local_endpoint()); }) == shut_down));
                    }
                });
            }
        }
    }
    run_fibers(
        [] {
            socket idle(any_port());
            const weft::deadline limit(2s);
            BOOST_TEST((receive_error(idle) == timed_out));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(cancellation_takes_no_datagram)
{
    run_fibers([] {
        udp_pair ends;
        ends.one.send(bytes("still here"));
        ends.other.wait(weft::udp::socket::next_layer_type::wait_read);
        watched_fiber canceled([&] { BOOST_TEST((receive_error(ends.other) == aborted)); });
        canceled.cancel();
        canceled.join();
        BOOST_TEST(receive(ends.other) == "still here");
    });
}

BOOST_AUTO_TEST_CASE(threads_use_them_too)
{
    asio::io_context nobody_runs(1);
    weft::udp::socket server(nobody_runs.get_executor(), any_port());
    const auto where = server.local_endpoint();
    auto answering = std::async(std::launch::async, [&] {
        std::array<char, 64> data{};
        weft::udp::endpoint from;
        const auto count = server.receive_from(asio::buffer(data), from);
        server.send_to(asio::buffer(data, count), from);
    });
    weft::udp::socket client(nobody_runs.get_executor());
    client.connect(where);
    client.send(bytes("echo"));
    BOOST_TEST(receive(client) == "echo");
    answering.get();
    auto [one, other] = weft::local::socketpair<weft::local::seqpacket>(nobody_runs.get_executor());
    one.send(bytes("message"));
    BOOST_TEST(receive(other) == "message");
}

BOOST_AUTO_TEST_CASE(select_waits_for_them)
{
    run_fibers([] {
        udp_pair ends;
        ends.one.send(bytes("ready"));
        bool was_ready = false;
        weft::select(weft::on_readable(ends.other, [&](error_code error) { was_ready = !error; }),
                     weft::after(30s, [] {}));
        BOOST_TEST(was_ready);
        weft::tcp::acceptor listener(weft::test::loopback());
        weft::tcp::socket client;
        client.connect(listener.local_endpoint());
        was_ready = false;
        weft::select(weft::on_readable(listener, [&](error_code error) { was_ready = !error; }),
                     weft::after(30s, [] {}));
        BOOST_TEST(was_ready);
    });
}

BOOST_AUTO_TEST_SUITE_END()
