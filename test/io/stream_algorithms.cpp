// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"

#include <boost/asio/buffered_read_stream.hpp>
#include <boost/asio/buffered_write_stream.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <string>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace weft::test;

namespace
{

// What Asio's documentation asks of the two.
template <class T>
concept sync_read_stream = requires(T stream, const asio::mutable_buffer& one,
                                    const std::array<asio::mutable_buffer, 2>& more, error_code& error) {
    { stream.read_some(one) } -> std::same_as<std::size_t>;
    { stream.read_some(one, error) } -> std::same_as<std::size_t>;
    { stream.read_some(more) } -> std::same_as<std::size_t>;
    { stream.read_some(more, error) } -> std::same_as<std::size_t>;
};
template <class T>
concept sync_write_stream = requires(T stream, const asio::const_buffer& one,
                                     const std::array<asio::const_buffer, 2>& more, error_code& error) {
    { stream.write_some(one) } -> std::same_as<std::size_t>;
    { stream.write_some(one, error) } -> std::same_as<std::size_t>;
    { stream.write_some(more) } -> std::same_as<std::size_t>;
    { stream.write_some(more, error) } -> std::same_as<std::size_t>;
};
// And what its stream adapters ask for besides.
template <class T>
concept layered = requires(T stream) {
    { stream.lowest_layer() } -> std::same_as<typename T::lowest_layer_type&>;
    { stream.get_executor() } -> std::same_as<typename T::executor_type>;
};

using local_socket = weft::basic_stream_socket<asio::local::stream_protocol>;
static_assert(sync_read_stream<weft::tcp::socket> && sync_write_stream<weft::tcp::socket>);
static_assert(sync_read_stream<local_socket> && sync_write_stream<local_socket>);
static_assert(layered<weft::tcp::socket>);

/// Both ends, and a fiber that writes these pieces, each when the other side waits for it.
template <class Use>
void with_pieces(std::initializer_list<const char*> pieces, Use use)
{
    run_fibers([&] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        weft::fiber writer([&] {
            for (const std::string piece : pieces)
            {
                server.write(asio::buffer(piece));
                asio::post(weft::this_executor(), weft::use_fiber);
            }
            server.close();
        });
        use(client);
        writer.join();
    });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(stream_algorithms, weft::test::clean_descriptors)

BOOST_AUTO_TEST_CASE(read_fills_the_buffer)
{
    with_pieces({"ab", "cd", "efg"}, [](weft::tcp::socket& from) {
        std::string got(6, '\0');
        BOOST_TEST(asio::read(from, asio::buffer(got)) == 6U);
        BOOST_TEST(got == "abcdef");
    });
}

BOOST_AUTO_TEST_CASE(read_says_how_much_came_before_the_end)
{
    with_pieces({"ab", "cd"}, [](weft::tcp::socket& from) {
        std::string got(10, '\0');
        error_code error;
        BOOST_TEST(asio::read(from, asio::buffer(got), error) == 4U);
        BOOST_TEST((error == asio::error::eof));
        BOOST_TEST((code_of([&] { asio::read(from, asio::buffer(got)); }) == asio::error::eof));
    });
}

BOOST_AUTO_TEST_CASE(read_stops_when_its_condition_says_so)
{
    with_pieces({"abc", "def", "gh"}, [](weft::tcp::socket& from) {
        std::string got(100, '\0');
        const auto count = asio::read(from, asio::buffer(got), asio::transfer_at_least(4));
        BOOST_TEST(count >= 4U);
        const auto more = asio::read(from, asio::buffer(got) + count, asio::transfer_exactly(8 - count));
        BOOST_TEST(more == 8 - count);
        BOOST_TEST(got.substr(0, 8) == "abcdefgh");
    });
}

BOOST_AUTO_TEST_CASE(read_until_finds_a_delimiter_over_pieces)
{
    with_pieces({"first\r", "\nsecond\r\n", "thi", "rd\r\nrest"}, [](weft::tcp::socket& from) {
        std::string data;
        for (const char* const expected : {"first\r\n", "second\r\n", "third\r\n"})
        {
            const auto length = asio::read_until(from, asio::dynamic_buffer(data), "\r\n");
            BOOST_TEST(data.substr(0, length) == expected);
            data.erase(0, length);
        }
        error_code error;
        asio::read_until(from, asio::dynamic_buffer(data), "\r\n", error);
        BOOST_TEST((error == asio::error::eof));
        BOOST_TEST(data == "rest");
    });
}

BOOST_AUTO_TEST_CASE(streambuf_and_istream)
{
    with_pieces({"12 3", "4 text\n"}, [](weft::tcp::socket& from) {
        asio::streambuf buffer;
        asio::read_until(from, buffer, '\n');
        std::istream in(&buffer);
        int a = 0;
        int b = 0;
        std::string c;
        in >> a >> b >> c;
        BOOST_TEST(a == 12);
        BOOST_TEST(b == 34);
        BOOST_TEST(c == "text");
    });
}

BOOST_AUTO_TEST_CASE(write_writes_all)
{
    run_fibers([] {
        auto ends = make_connection(weft::this_executor(), 4096);
        auto& client = ends.client;
        auto& server = ends.server;
        const std::string much(1 << 20U, 'm');
        weft::fiber writer([&] {
            BOOST_TEST(asio::write(server, asio::buffer(much)) == much.size());
            BOOST_TEST(asio::write(server, asio::buffer("end", 3), asio::transfer_exactly(2)) == 2U);
            server.close();
        });
        std::string got;
        error_code error;
        asio::read(client, asio::dynamic_buffer(got), error);
        BOOST_TEST((got == much + "en"));
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(buffered_write_keeps_until_flush)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        asio::buffered_write_stream<weft::tcp::socket&> out(server);
        std::string expected;
        for (int i = 0; i < 100; ++i)
        {
            const auto line = "line " + std::to_string(i) + "\n";
            asio::write(out, asio::buffer(line));
            expected += line;
        }
        BOOST_TEST(client.available() == 0U);
        BOOST_TEST(out.flush() == expected.size());
        std::string got(expected.size(), '\0');
        asio::read(client, asio::buffer(got));
        BOOST_TEST(got == expected);
        error_code error;
        BOOST_TEST(out.flush(error) == 0U);
        BOOST_TEST(!error);
    });
}

BOOST_AUTO_TEST_CASE(buffered_write_flushes_by_itself_when_full)
{
    run_fibers([] {
        auto ends = make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        asio::buffered_write_stream<weft::tcp::socket&> out(server, 64);
        const std::string text(1000, 't');
        asio::write(out, asio::buffer(text));
        out.flush();
        std::string got(text.size(), '\0');
        asio::read(client, asio::buffer(got));
        BOOST_TEST(got == text);
    });
}

BOOST_AUTO_TEST_CASE(buffered_read_waits_with_the_fiber)
{
    with_pieces({"abc", "def"}, [](weft::tcp::socket& from) {
        asio::buffered_read_stream<weft::tcp::socket&> in(from);
        std::string got(6, '\0');
        for (auto& letter : got)
        {
            asio::read(in, asio::buffer(&letter, 1));
        }
        BOOST_TEST(got == "abcdef");
    });
}

BOOST_AUTO_TEST_CASE(on_another_stream_protocol)
{
    run_fibers([] {
        asio::local::stream_protocol::socket a(weft::this_executor());
        asio::local::stream_protocol::socket b(weft::this_executor());
        asio::local::connect_pair(a, b);
        local_socket one(std::move(a));
        local_socket two(std::move(b));
        weft::fiber writer([&] { asio::write(one, asio::buffer("over a pair", 11)); });
        std::string got(11, '\0');
        asio::read(two, asio::buffer(got));
        BOOST_TEST(got == "over a pair");
        writer.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
