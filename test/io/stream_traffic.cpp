// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "io/support_pattern.hpp"
#include "support/allocation_counter.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace weft::test;

namespace
{

using tcp_socket = weft::tcp::socket;

void send_pattern(tcp_socket& to, std::uint32_t seed, std::size_t total)
{
    pattern source(seed);
    std::vector<char> block(70000);
    while (total > 0)
    {
        const auto count = std::min(total, source.length(block.size()));
        source.fill(block.data(), count);
        BOOST_REQUIRE(to.write(asio::buffer(block, count)) == count);
        total -= count;
    }
    to.shutdown(tcp_socket::next_layer_type::shutdown_send);
}

void echo_until_the_end(tcp_socket& peer)
{
    std::array<char, 256> data{};
    while (const auto count = peer.read_some(asio::buffer(data)))
    {
        peer.write(asio::buffer(data, count));
    }
}

/// How many bytes came up to the end of the stream or the first wrong one.
std::size_t receive_pattern(tcp_socket& from, std::uint32_t seed)
{
    pattern expected(seed);
    std::vector<char> block(50000);
    std::size_t total = 0;
    while (const auto count = from.read_some(asio::buffer(block, expected.length(block.size()))))
    {
        const auto same = expected.match(block.data(), count);
        total += same;
        if (same < count)
        {
            break;
        }
    }
    return total;
}

/// A server that sends everything back, with a fiber for each connection.
class echo_server
{
public:
    echo_server() : acceptor_(loopback()), accepting_([this] { accept(); }) {}

    weft::tcp::endpoint where() const
    {
        return acceptor_.local_endpoint();
    }

    void stop()
    {
        acceptor_.close();
        accepting_.join();
    }

    int served = 0;
    int broken = 0;

private:
    void accept()
    {
        for (;;)
        {
            error_code error;
            auto peer = acceptor_.accept(error);
            if (error)
            {
                BOOST_TEST((error == asio::error::operation_aborted), error.message());
                return;
            }
            weft::fiber([this, peer = std::move(peer)]() mutable { serve(peer); }).detach();
        }
    }

    void serve(tcp_socket& peer)
    {
        std::array<char, 4096> data{};
        error_code error;
        while (!error)
        {
            const auto count = peer.read_some(asio::buffer(data), error);
            if (!error)
            {
                peer.write(asio::buffer(data, count), error);
            }
        }
        ++(error == asio::error::eof ? served : broken);
    }

    weft::tcp::acceptor acceptor_;
    weft::fiber accepting_;
};

void check_echo(tcp_socket& through, const std::string& text)
{
    through.write(asio::buffer(text));
    std::string back(text.size(), '\0');
    asio::read(through, asio::buffer(back));
    BOOST_TEST(back == text);
}

/// A thousand, or what the limit of descriptors leaves room for.
int many_connections()
{
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const auto room = limit.rlim_cur > 200 ? (limit.rlim_cur - 200) / 2 : 10;
    return static_cast<int>(std::min<rlim_t>(room, 1000));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(stream_traffic, weft::test::clean_descriptors)

BOOST_AUTO_TEST_CASE(large_transfer_through_small_buffers)
{
    static constexpr std::size_t total = std::size_t{8} << 20U;
    const auto seed = weft::test::announced_seed();
    run_fibers([seed] {
        auto ends = make_connection(weft::this_executor(), 4096);
        weft::fiber writer([&] { send_pattern(ends.server, seed, total); });
        BOOST_TEST(receive_pattern(ends.client, seed) == total);
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(both_directions_at_once)
{
    static constexpr std::size_t total = std::size_t{2} << 20U;
    const auto seed = weft::test::announced_seed();
    run_fibers([seed] {
        auto ends = make_connection(weft::this_executor(), 8192);
        weft::fiber there([&] { send_pattern(ends.client, seed, total); });
        weft::fiber back([&] { send_pattern(ends.server, ~seed, total); });
        std::size_t arrived = 0;
        weft::fiber reader([&] { arrived = receive_pattern(ends.server, seed); });
        BOOST_TEST(receive_pattern(ends.client, ~seed) == total);
        reader.join();
        there.join();
        back.join();
        BOOST_TEST(arrived == total);
    });
}

BOOST_AUTO_TEST_CASE(slow_reader_holds_the_writer_back)
{
    run_fibers([] {
        auto ends = make_connection(weft::this_executor(), 4096);
        const std::vector<char> much(std::size_t{1} << 20U);
        bool written = false;
        weft::fiber writer([&] {
            ends.server.write(asio::buffer(much));
            written = true;
        });
        std::vector<char> got(much.size() / 2);
        asio::read(ends.client, asio::buffer(got));
        BOOST_TEST(!written);
        asio::read(ends.client, asio::buffer(got));
        writer.join();
        BOOST_TEST(written);
    });
}

BOOST_AUTO_TEST_CASE(many_connections_dropped_at_once)
{
    run_fibers([] {
        echo_server server;
        const auto count = many_connections();
        {
            std::vector<tcp_socket> clients;
            for (int i = 0; i < count; ++i)
            {
                clients.emplace_back().connect(server.where());
            }
            for (auto& client : clients)
            {
                check_echo(client, "hello");
            }
            // Half of them with an unread answer, half in the middle of nothing.
            for (std::size_t i = 0; i < clients.size(); ++i)
            {
                if (i % 2 == 0)
                {
                    clients[i].write(asio::buffer("never read", 10));
                }
                weft::test::reset(clients[i]);
            }
        }
        tcp_socket survivor;
        survivor.connect(server.where());
        check_echo(survivor, "still there?");
        survivor.close();
        server.stop();
        while (server.served + server.broken < count + 1)
        {
            asio::post(weft::this_executor(), weft::use_fiber);
        }
        BOOST_TEST(server.broken == count);
        BOOST_TEST(server.served == 1);
    });
}

BOOST_AUTO_TEST_CASE(connections_that_are_gone_before_they_are_accepted)
{
    run_fibers([] {
        weft::tcp::acceptor listener(loopback());
        for (int i = 0; i < 50; ++i)
        {
            tcp_socket impatient;
            impatient.connect(listener.local_endpoint());
            weft::test::reset(impatient);
        }
        tcp_socket patient;
        patient.connect(listener.local_endpoint());
        patient.write(asio::buffer("p", 1));
        for (;;)
        {
            auto peer = listener.accept();
            char first = '\0';
            error_code error;
            if (peer.read_some(asio::buffer(&first, 1), error) == 1)
            {
                BOOST_TEST(first == 'p');
                break;
            }
            BOOST_TEST((error == asio::error::connection_reset), error.message());
        }
    });
}

BOOST_AUTO_TEST_CASE(garbage_is_only_bytes)
{
    const auto seed = weft::test::announced_seed();
    run_fibers([seed] {
        auto ends = make_connection();
        weft::fiber sender([&] { send_pattern(ends.client, seed, 3000); });
        // A server that reads lines gets none, within a bound of its own.
        std::string data;
        error_code error;
        asio::read_until(ends.server, asio::dynamic_buffer(data, 1000), "\r\n\r\n\r\n", error);
        BOOST_TEST((error == asio::error::not_found), error.message());
        BOOST_TEST(data.size() == 1000U);
        sender.join();
    });
}

BOOST_AUTO_TEST_CASE(echo_in_steady_state_allocates_nothing)
{
    run_fibers([] {
        auto ends = make_connection();
        weft::fiber server([&] { echo_until_the_end(ends.server); });
        std::array<char, 100> data{};
        const auto round_trips = [&](int count) {
            for (int i = 0; i < count; ++i)
            {
                ends.client.write(asio::buffer(data));
                asio::read(ends.client, asio::buffer(data));
            }
        };
        round_trips(100);
        const auto before = weft::test::allocation_count();
        round_trips(1000);
        BOOST_TEST(weft::test::allocation_count() == before);
        ends.client.close();
        server.join();
    });
}

BOOST_AUTO_TEST_CASE(nor_do_a_hundred_that_wait_at_the_same_time)
{
    run_fibers([] {
        std::vector<decltype(make_connection())> all;
        all.reserve(100);
        std::vector<weft::fiber> servers;
        for (int i = 0; i < 100; ++i)
        {
            servers.emplace_back([&ends = all.emplace_back(make_connection())] { echo_until_the_end(ends.server); });
        }
        std::array<char, 100> data{};
        const auto round_trips = [&](int count) {
            for (int i = 0; i < count; ++i)
            {
                for (auto& ends : all)
                {
                    ends.client.write(asio::buffer(data));
                }
                for (auto& ends : all)
                {
                    asio::read(ends.client, asio::buffer(data));
                }
            }
        };
        round_trips(3);
        const auto before = weft::test::allocation_count();
        round_trips(10);
        BOOST_TEST(weft::test::allocation_count() == before);
        for (auto& ends : all)
        {
            ends.client.close();
        }
        for (auto& server : servers)
        {
            server.join();
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
