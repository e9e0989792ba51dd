// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

const error_code aborted = asio::error::operation_aborted;
const error_code timed_out = asio::error::timed_out;

} // namespace

BOOST_FIXTURE_TEST_SUITE(acceptor, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(accepts_what_has_connected_already)
{
    run_fibers([] {
        weft::tcp::acceptor listener(loopback());
        weft::tcp::socket client;
        client.connect(listener.local_endpoint());
        const auto mine = client.local_endpoint();
        auto peer = listener.accept();
        BOOST_TEST(peer.remote_endpoint() == mine);
        BOOST_TEST((peer.get_executor() == weft::this_executor()));
    });
}

BOOST_AUTO_TEST_CASE(accepts_what_connects_later)
{
    run_fibers([] {
        weft::tcp::acceptor listener(loopback());
        sequence steps;
        watched_fiber accepting([&] {
            error_code error = asio::error::fault;
            const auto peer = listener.accept(error);
            BOOST_TEST(!error);
            BOOST_TEST(peer.is_open());
            steps.emplace_back("accepted");
        });
        this_fiber::yield();
        steps.emplace_back("connecting");
        weft::tcp::socket client;
        client.connect(listener.local_endpoint());
        accepting.join();
        BOOST_TEST((steps == sequence{"connecting", "accepted"}));
    });
}

BOOST_AUTO_TEST_CASE(serves_several_fibers_that_accept)
{
    run_fibers([] {
        weft::tcp::acceptor listener(loopback());
        int accepted = 0;
        const auto accept_two = [&] {
            listener.accept();
            ++accepted;
            listener.accept();
            ++accepted;
        };
        weft::fiber one(accept_two);
        weft::fiber two(accept_two);
        for (int i = 0; i < 4; ++i)
        {
            weft::tcp::socket client;
            client.connect(listener.local_endpoint());
        }
        one.join();
        two.join();
        BOOST_TEST(accepted == 4);
    });
}

BOOST_AUTO_TEST_CASE(lets_a_restarted_server_have_the_address)
{
    run_fibers([] {
        auto where = loopback();
        for (int i = 0; i < 3; ++i)
        {
            weft::tcp::acceptor listener(where);
            where = listener.local_endpoint();
            weft::tcp::socket client;
            client.connect(where);
            listener.accept().close(); // leaves the server's side in TIME_WAIT
        }
    });
}

BOOST_AUTO_TEST_CASE(reports_an_address_in_use)
{
    run_fibers([] {
        const weft::tcp::acceptor listener(loopback());
        BOOST_TEST((code_of([&] { const weft::tcp::acceptor other(listener.local_endpoint()); }) ==
                    asio::error::address_in_use));
    });
}

BOOST_AUTO_TEST_CASE(takes_over_one_of_asio)
{
    run_fibers([] {
        weft::tcp::acceptor closed;
        BOOST_TEST(!closed.is_open());
        BOOST_TEST(code_of([&] { closed.accept(); }).failed());
        weft::tcp::acceptor listener(asio::ip::tcp::acceptor(weft::this_executor(), loopback()));
        weft::tcp::socket client;
        client.connect(listener.local_endpoint());
        BOOST_TEST(listener.accept().is_open());
    });
}

BOOST_AUTO_TEST_CASE(ends_a_pending_accept)
{
    const std::vector<std::function<void(weft::tcp::acceptor&, weft::fiber&)>> interrupts{
        [](weft::tcp::acceptor& which, weft::fiber&) { which.close(); },
        [](weft::tcp::acceptor& which, weft::fiber&) { which.cancel(); },
        [](weft::tcp::acceptor&, weft::fiber& which) { which.cancel(); },
    };
    for (const auto& interrupt : interrupts)
    {
        run_fibers([&] {
            weft::tcp::acceptor listener(loopback());
            watched_fiber waiting([&] { BOOST_TEST((code_of([&] { listener.accept(); }) == aborted)); });
            this_fiber::yield();
            BOOST_TEST((waiting.state() == weft::fiber_state::suspended));
            interrupt(listener, waiting);
            waiting.join();
        });
    }
}

BOOST_AUTO_TEST_CASE(gives_up_at_a_deadline)
{
    run_fibers(
        [] {
            weft::tcp::acceptor listener(loopback());
            const auto start = this_fiber::now();
            const weft::deadline limit(5s);
            BOOST_TEST((code_of([&] { listener.accept(); }) == timed_out));
            BOOST_TEST((this_fiber::now() - start == 5s));
            error_code error;
            BOOST_TEST(!listener.accept(error).is_open());
            BOOST_TEST((error == timed_out));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(loses_no_connection_to_a_fiber_that_is_cancelled)
{
    run_fibers([] {
        weft::tcp::acceptor listener(loopback());
        weft::tcp::socket first;
        first.connect(listener.local_endpoint());
        watched_fiber canceled([&] {
            error_code error;
            listener.accept(error);
            BOOST_TEST((error == aborted));
        });
        canceled.cancel();
        canceled.join();
        BOOST_TEST(listener.accept().remote_endpoint() == first.local_endpoint());

        watched_fiber waiting([&] { BOOST_TEST((code_of([&] { listener.accept(); }) == aborted)); });
        this_fiber::yield();
        waiting.cancel();
        waiting.join();
        weft::tcp::socket second;
        second.connect(listener.local_endpoint());
        BOOST_TEST(listener.accept().remote_endpoint() == second.local_endpoint());
    });
}

BOOST_AUTO_TEST_SUITE_END()
