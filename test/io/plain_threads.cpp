// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Outside of fibers the same calls block the thread, and need nobody who runs the io_context.

#include "io/support_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <future>
#include <string>

namespace asio = boost::asio;
using namespace weft::test;

namespace
{

struct io_context_nobody_runs
{
    asio::io_context io{1};
};

/// Its failure comes out of the future.
template <class Body>
std::future<void> on_another_thread(Body body)
{
    return std::async(std::launch::async, body);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(plain_threads, io_context_nobody_runs)

BOOST_AUTO_TEST_CASE(connect_accept_write_and_read)
{
    weft::tcp::acceptor listener(io.get_executor(), loopback());
    std::string request(8, '\0');
    auto server = on_another_thread([&] {
        auto peer = listener.accept();
        asio::read(peer, asio::buffer(request));
        peer.write(asio::buffer("answer", 6));
    });
    weft::tcp::socket client(io.get_executor());
    client.connect(listener.local_endpoint());
    client.write(asio::buffer("question", 8));
    std::string answer;
    error_code error;
    asio::read(client, asio::dynamic_buffer(answer), error); // waits for the end
    server.get();
    BOOST_TEST((error == asio::error::eof));
    BOOST_TEST(request == "question");
    BOOST_TEST(answer == "answer");
}

BOOST_AUTO_TEST_CASE(wait_for_room_to_write)
{
    auto ends = weft::test::make_connection(io.get_executor(), 4096);
    const std::string much(1 << 20U, 'm');
    std::string got(much.size(), '\0');
    auto reader = on_another_thread([&] { asio::read(ends.client, asio::buffer(got)); });
    BOOST_TEST(ends.server.write(asio::buffer(much)) == much.size());
    reader.get();
    BOOST_TEST((got == much));
}

BOOST_AUTO_TEST_CASE(report_errors_in_both_forms)
{
    auto ends = weft::test::make_connection(io.get_executor());
    ends.server.close();
    std::array<char, 4> data{};
    BOOST_TEST(ends.client.read_some(asio::buffer(data)) == 0U);
    error_code error;
    ends.client.read_some(asio::buffer(data), error);
    BOOST_TEST((error == asio::error::eof));

    weft::tcp::socket client(io.get_executor());
    weft::tcp::endpoint deserted;
    {
        const weft::tcp::acceptor listener(io.get_executor(), loopback());
        deserted = listener.local_endpoint();
    }
    BOOST_TEST((code_of([&] { client.connect(deserted); }) == asio::error::connection_refused));
}

BOOST_AUTO_TEST_CASE(wait_until_readable)
{
    auto ends = weft::test::make_connection(io.get_executor());
    auto writer = on_another_thread([&] { ends.server.write(asio::buffer("x", 1)); });
    ends.client.wait(weft::tcp::socket::next_layer_type::wait_read);
    BOOST_TEST(ends.client.available() == 1U);
    writer.get();
}

BOOST_AUTO_TEST_CASE(read_after_a_fiber_has_used_the_socket)
{
    auto ends = weft::test::make_connection(io.get_executor());
    weft::spawn(io, [&] {
        weft::fiber reader([&] {
            std::array<char, 1> byte{};
            ends.client.read_some(asio::buffer(byte));
        });
        weft::this_fiber::yield();
        ends.server.write(asio::buffer("1", 1));
        reader.join();
    });
    weft::test::drain(io);
    auto writer = on_another_thread([&] { ends.server.write(asio::buffer("2", 1)); });
    std::array<char, 1> byte{};
    BOOST_TEST(ends.client.read_some(asio::buffer(byte)) == 1U);
    BOOST_TEST(byte[0] == '2');
    writer.get();
}

BOOST_AUTO_TEST_CASE(have_no_use_for_use_fiber)
{
    asio::ip::tcp::socket other(io);
    BOOST_TEST((code_of([&] { other.async_connect(loopback(1), weft::use_fiber); }) ==
                make_error_code(boost::system::errc::operation_not_permitted)));
}

BOOST_AUTO_TEST_SUITE_END()
