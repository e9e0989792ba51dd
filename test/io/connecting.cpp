// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Connecting to the first of several addresses that answers, and what acceptors can be made of.

#include "io/support_io.hpp"
#include "support/child_process.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::tcp::endpoint;

namespace
{

const error_code aborted = asio::error::operation_aborted;
const error_code timed_out = asio::error::timed_out;
const error_code refused = asio::error::connection_refused;

/// Where nobody listens.
endpoint deserted()
{
    return weft::tcp::acceptor(loopback()).local_endpoint();
}

error_code connect_error(const std::vector<endpoint>& addresses)
{
    error_code error;
    weft::tcp::connect(addresses, error);
    return error;
}

const error_code invalid = make_error_code(boost::system::errc::invalid_argument);

} // namespace

BOOST_FIXTURE_TEST_SUITE(connecting, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(takes_the_first_that_answers)
{
    run_fibers([] {
        const weft::tcp::acceptor one(loopback());
        const weft::tcp::acceptor other(loopback());
        const std::vector<endpoint> both{one.local_endpoint(), other.local_endpoint()};
        BOOST_TEST(weft::tcp::connect(both).remote_endpoint() == one.local_endpoint());
        BOOST_TEST(weft::tcp::connect("127.0.0.1", std::to_string(one.local_endpoint().port())).is_open());
    });
}

BOOST_AUTO_TEST_CASE(goes_on_at_once_after_a_failure)
{
    run_fibers(
        [] {
            const weft::tcp::acceptor listener(loopback());
            const auto start = this_fiber::now();
            const auto peer =
                weft::tcp::connect(std::vector<endpoint>{deserted(), deserted(), listener.local_endpoint()});
            BOOST_TEST(peer.remote_endpoint() == listener.local_endpoint());
            BOOST_TEST((this_fiber::now() == start));
            BOOST_TEST((connect_error({deserted(), deserted()}) == refused));
            BOOST_TEST((connect_error({}) == asio::error::not_found));
            BOOST_TEST(
                (code_of([] { weft::tcp::connect("127.0.0.1", std::to_string(deserted().port())); }) == refused));
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(gives_each_a_quarter_of_a_second)
{
    run_fibers(
        [] {
            const crowded_listener silent(weft::this_executor());
            const weft::tcp::acceptor listener(loopback());
            const auto start = this_fiber::now();
            const auto descriptors = weft::test::open_descriptors();
            auto peer = weft::tcp::connect(
                std::vector<endpoint>{silent.where(), silent.where(), listener.local_endpoint(), silent.where()});
            BOOST_TEST(peer.remote_endpoint() == listener.local_endpoint());
            BOOST_TEST((this_fiber::now() - start == 500ms));
            BOOST_TEST(weft::test::open_descriptors() == descriptors + 1); // the losers are gone
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(a_slow_one_may_still_win)
{
    run_fibers(
        [] {
            const crowded_listener silent(weft::this_executor());
            const auto start = this_fiber::now();
            const weft::deadline limit(3s);
            BOOST_TEST((connect_error({silent.where(), deserted()}) == timed_out)); // the first was not given up
            BOOST_TEST((this_fiber::now() - start == 3s));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(families_take_turns)
{
    // Found out from who is tried when: none of them answers, and each has its turn after the same time.
    run_fibers([] {
        error_code error;
        weft::tcp::acceptor six(weft::this_executor());
        six.open(asio::ip::tcp::v6(), error);
        if (!error)
        {
            six.bind({asio::ip::address_v6::loopback(), 0}, error);
        }
        if (error)
        {
            BOOST_TEST_MESSAGE("no IPv6 here: " << error.message());
            return;
        }
        six.listen();
        const weft::tcp::acceptor four(loopback());
        // IPv4 first, as listed; then IPv6 before the other IPv4.
        const std::vector<endpoint> addresses{deserted(), four.local_endpoint(), six.local_endpoint()};
        BOOST_TEST(weft::tcp::connect(addresses).remote_endpoint() == six.local_endpoint());
    });
}

BOOST_AUTO_TEST_CASE(ends_with_the_fiber)
{
    run_fibers([] {
        const crowded_listener silent(weft::this_executor());
        const auto descriptors = weft::test::open_descriptors();
        watched_fiber waiting([&] { BOOST_TEST((connect_error({silent.where(), silent.where()}) == aborted)); });
        this_fiber::yield();
        BOOST_TEST((waiting.state() == weft::fiber_state::suspended));
        waiting.cancel();
        waiting.join();
        BOOST_TEST(weft::test::open_descriptors() == descriptors);
    });
    BOOST_TEST((code_of([] { weft::tcp::connect(std::vector<endpoint>{loopback(1)}); }) ==
                make_error_code(boost::system::errc::operation_not_permitted)));
}

// ── acceptors ───────────────────────────────────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(several_listen_at_one_port)
{
    run_fibers([] {
        const weft::tcp::acceptor one(loopback(), {.reuse_port = true});
        const weft::tcp::acceptor other(one.local_endpoint(), {.reuse_port = true});
        BOOST_TEST(one.local_endpoint() == other.local_endpoint());
        BOOST_TEST(
            (code_of([&] { const weft::tcp::acceptor third(one.local_endpoint()); }) == asio::error::address_in_use));
    });
}

BOOST_AUTO_TEST_CASE(try_accept_does_not_wait)
{
    run_fibers([] {
        weft::tcp::acceptor listener(loopback());
        error_code error;
        BOOST_TEST(!listener.try_accept(error).is_open());
        BOOST_TEST((error == asio::error::would_block));
        weft::tcp::socket client;
        client.connect(listener.local_endpoint());
        BOOST_TEST(listener.try_accept(error).remote_endpoint() == client.local_endpoint());
        BOOST_TEST(!error);
    });
}

BOOST_AUTO_TEST_CASE(assign_takes_listening_sockets_of_its_protocol)
{
    run_fibers([] {
        error_code error;
        weft::tcp::acceptor mine;
        weft::tcp::acceptor original(loopback());
        const int copy = ::dup(original.native_handle());
        mine.assign(copy, error);
        BOOST_TEST(!error, error.message());
        BOOST_TEST(mine.is_shared());
        weft::tcp::socket client;
        client.connect(original.local_endpoint());
        BOOST_TEST(mine.accept().is_open());

        weft::local::acceptor of_another_kind;
        of_another_kind.assign(original.native_handle(), error);
        BOOST_TEST((error == invalid));
        weft::tcp::acceptor other;
        BOOST_TEST((code_of([&] { other.assign(client.native_handle()); }) == invalid));
        weft::udp::socket datagrams(weft::udp::endpoint(asio::ip::address_v4::loopback(), 0));
        BOOST_TEST((code_of([&] { other.assign(datagrams.native_handle()); }) == invalid));
        BOOST_TEST(code_of([&] { other.assign(-1); }).failed());
        BOOST_TEST(!other.is_open());
    });
}

namespace
{

/// The environment and the descriptors that systemd would give.
void pass(int count, const std::string& process, const char* names)
{
    ::setenv("LISTEN_PID", process.c_str(), 1);
    ::setenv("LISTEN_FDS", std::to_string(count).c_str(), 1);
    names != nullptr ? ::setenv("LISTEN_FDNAMES", names, 1) : ::unsetenv("LISTEN_FDNAMES");
}

} // namespace

BOOST_AUTO_TEST_CASE(sockets_are_passed_on)
{
    const auto result = run_in_child([] {
        // Nothing else shall have these numbers.
        require_in_child(::dup2(STDERR_FILENO, 3) == 3 && ::dup2(STDERR_FILENO, 4) == 4, "dup2");
        weft::run([] {
            weft::tcp::acceptor opened(loopback());
            const auto where = opened.local_endpoint();
            require_in_child(::dup2(opened.native_handle(), 3) == 3 && ::dup2(opened.native_handle(), 4) == 4, "dup2");
            pass(2, std::to_string(::getpid()), "web:admin");
            const auto passed = weft::take_passed_descriptors();
            require_in_child(passed.size() == 2 && passed[0].number == 3 && passed[0].name == "web" &&
                                 passed[1].number == 4 && passed[1].name == "admin",
                             "two descriptors with names");
            require_in_child((::fcntl(3, F_GETFD) & FD_CLOEXEC) != 0, "children do not get them");
            require_in_child(::getenv("LISTEN_FDS") == nullptr && weft::take_passed_descriptors().empty(),
                             "taken once");

            // The server lets go of its socket, and who passed it on goes on.
            weft::tcp::acceptor taken;
            taken.assign(passed[0].number);
            weft::server server;
            weft::fiber serving(
                [&] { server.serve(taken, [](weft::tcp::socket peer) { peer.write(asio::buffer("x", 1)); }); });
            std::array<char, 1> byte{};
            weft::tcp::socket client;
            client.connect(where);
            require_in_child(client.read_some(asio::buffer(byte)) == 1, "served");
            server.stop();
            serving.join();
            weft::tcp::socket late;
            late.connect(where);
            require_in_child(opened.accept().is_open(), "the next one listens still");
        });
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_CASE(sockets_of_others_and_garbage_are_not_taken)
{
    const auto result = run_in_child([] {
        require_in_child(weft::take_passed_descriptors().empty(), "none");
        pass(1, "1", nullptr);
        require_in_child(weft::take_passed_descriptors().empty(), "those of another process");
        for (const auto* const process : {"", "x", "-5", "12x", "99999999999999999999999"})
        {
            pass(1, process, nullptr);
            require_in_child(code_of([] { weft::take_passed_descriptors(); }) == invalid, "no process");
        }
        pass(-3, std::to_string(::getpid()), nullptr);
        require_in_child(code_of([] { weft::take_passed_descriptors(); }) == invalid, "no count");
        for (int number = 3; number < 40; ++number)
        {
            ::close(number);
        }
        pass(1, std::to_string(::getpid()), nullptr);
        require_in_child(code_of([] { weft::take_passed_descriptors(); }) == asio::error::bad_descriptor, "not open");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
