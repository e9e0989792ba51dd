// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// What stream sockets have besides read_some and write_some: read, read_at_least, read_until, peek, sendfile.

#include "io/support_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <unistd.h>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

const error_code aborted = asio::error::operation_aborted;
const error_code timed_out = asio::error::timed_out;
const error_code eof = asio::error::eof;

asio::const_buffer bytes(std::string_view text)
{
    return asio::buffer(text);
}

/// A file without a name.
class open_file
{
public:
    explicit open_file(const std::string& content) : file_(std::tmpfile())
    {
        BOOST_REQUIRE(file_ != nullptr);
        BOOST_REQUIRE(::pwrite(get(), content.data(), content.size(), 0) == static_cast<ssize_t>(content.size()));
    }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    ~open_file()
    {
        std::fclose(file_);
    }
    int get() const noexcept
    {
        return ::fileno(file_);
    }

private:
    std::FILE* file_;
};

std::string numbers(int count)
{
    std::string result;
    for (int i = 0; i < count; ++i)
    {
        result += std::to_string(i) + ' ';
    }
    return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(stream_reading, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(read_takes_exactly_what_fits)
{
    run_fibers([] {
        auto ends = make_connection();
        ends.server.write(bytes("12345678"));
        std::string got(4, '\0');
        BOOST_TEST(ends.client.read(asio::buffer(got)) == 4U);
        BOOST_TEST(got == "1234");
        watched_fiber reader([&] {
            std::string more(8, '\0');
            error_code error;
            BOOST_TEST(ends.client.read(asio::buffer(more), error) == 8U);
            BOOST_TEST(!error);
            BOOST_TEST(more == "5678abcd");
        });
        this_fiber::yield();
        ends.server.write(bytes("ab"));
        ends.server.write(bytes("cd"));
        reader.join();

        ends.server.write(bytes("xyz"));
        ends.server.close();
        std::string too_much(8, '\0');
        error_code error;
        BOOST_TEST(ends.client.read(asio::buffer(too_much), error) == 3U);
        BOOST_TEST((error == eof));
        BOOST_TEST((code_of([&] { ends.client.read(asio::buffer(too_much)); }) == eof));
    });
}

BOOST_AUTO_TEST_CASE(read_at_least_takes_what_else_is_there)
{
    run_fibers([] {
        auto ends = make_connection();
        ends.server.write(bytes("0123456789"));
        await_delivery(ends.client);
        std::string got(64, '\0');
        BOOST_TEST(ends.client.read_at_least(asio::buffer(got), 4) == 10U);
        ends.server.write(bytes("ab"));
        ends.server.close();
        error_code error;
        BOOST_TEST(ends.client.read_at_least(asio::buffer(got), 4, error) == 2U);
        BOOST_TEST((error == eof));
    });
}

BOOST_AUTO_TEST_CASE(read_until_finds_the_end_of_a_line)
{
    run_fibers([] {
        auto ends = make_connection();
        std::string data;
        watched_fiber reader([&] {
            BOOST_TEST(ends.client.read_until(data, "\r\n", 64) == 7U);
            BOOST_TEST(data.substr(0, 7) == "first\r\n");
            data.erase(0, 7);
            error_code error;
            BOOST_TEST(ends.client.read_until(data, "\r\n", 64, error) == 8U);
            BOOST_TEST(data == "second\r\n");
        });
        this_fiber::yield();
        ends.server.write(bytes("first\r"));
        ends.server.write(bytes("\nsecond\r\n"));
        reader.join();

        data.clear();
        ends.server.write(bytes("an endless line without an end"));
        BOOST_TEST((code_of([&] { ends.client.read_until(data, "\n", 16); }) == asio::error::not_found));
        BOOST_TEST(data.size() == 16U);
        ends.server.close();
        error_code error;
        BOOST_TEST(ends.client.read_until(data, "\n", 64, error) == 0U);
        BOOST_TEST((error == eof));
        BOOST_TEST(data == "an endless line without an end");
    });
}

BOOST_AUTO_TEST_CASE(peek_leaves_what_it_has_seen)
{
    run_fibers([] {
        auto ends = make_connection();
        std::string seen(64, '\0');
        watched_fiber peeking([&] { seen.resize(ends.client.peek(asio::buffer(seen))); });
        this_fiber::yield();
        ends.server.write(bytes("hello"));
        peeking.join();
        BOOST_TEST(seen == "hello");
        BOOST_TEST(ends.client.available() == 5U);
        for (int i = 0; i < 3; ++i)
        {
            std::array<char, 64> again{};
            error_code error;
            BOOST_TEST(ends.client.peek(asio::buffer(again), error) == 5U);
        }
        std::string got(5, '\0');
        ends.client.read(asio::buffer(got));
        BOOST_TEST(got == "hello");

        ends.server.close();
        BOOST_TEST(ends.client.peek(asio::buffer(seen)) == 0U);
        error_code error;
        ends.client.peek(asio::buffer(seen), error);
        BOOST_TEST((error == eof));
        BOOST_TEST(ends.client.read_some(asio::buffer(seen)) == 0U);
    });
}

BOOST_AUTO_TEST_CASE(peek_ends)
{
    run_fibers(
        [this] {
            auto ends = make_connection();
            std::array<char, 4> data{};
            const auto peek = [&] {
                error_code error;
                ends.client.peek(asio::buffer(data), error);
                return error;
            };
            {
                const weft::deadline limit(1s);
                watched_fiber time([&] { standing.advance(1s); });
                BOOST_TEST((peek() == timed_out));
                time.join();
            }
            error_code result;
            watched_fiber canceled([&] { result = peek(); });
            this_fiber::yield();
            canceled.cancel();
            canceled.join();
            BOOST_TEST((result == aborted));
            watched_fiber closed([&] { result = peek(); });
            this_fiber::yield();
            ends.client.close();
            closed.join();
            BOOST_TEST((result == aborted));
        },
        &standing);
}

// ── sendfile ────────────────────────────────────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(sendfile_sends_a_part)
{
    run_fibers([] {
        const open_file file("0123456789");
        auto ends = make_connection();
        BOOST_TEST(ends.server.sendfile(file.get(), 2, 5) == 5U);
        std::string got(5, '\0');
        ends.client.read(asio::buffer(got));
        BOOST_TEST(got == "23456");
        BOOST_TEST(ends.server.sendfile(file.get(), 8, 100) == 2U); // it has no more
        BOOST_TEST(ends.server.sendfile(file.get(), 50, 100) == 0U);
        BOOST_TEST(ends.server.sendfile(file.get(), 0, 0) == 0U);
        BOOST_TEST(ends.client.available() == 2U);
        BOOST_TEST(::lseek(file.get(), 0, SEEK_CUR) == 0);
    });
}

BOOST_AUTO_TEST_CASE(sendfile_waits_for_the_peer)
{
    const auto content = numbers(400'000);
    for (const auto attempt : {weft::detail::send_file_in_kernel, weft::detail::send_file_through_buffer})
    {
        run_fibers([&] {
            const open_file file(content);
            auto ends = make_connection(weft::this_executor(), 16384);
            std::string got(content.size(), '\0');
            watched_fiber sending([&] {
                error_code error;
                const auto sent = weft::detail::send_file(
                    ends.server.native_handle(), file.get(), 0, content.size() + 1, error,
                    [&](error_code& outcome) {
                        ends.server.wait(weft::tcp::socket::next_layer_type::wait_write, outcome);
                    },
                    attempt);
                BOOST_TEST(!error, error.message());
                BOOST_TEST(sent == content.size());
            });
            this_fiber::yield();
            BOOST_TEST((sending.state() == weft::fiber_state::suspended));
            ends.client.read(asio::buffer(got));
            sending.join();
            BOOST_TEST((got == content));
        });
    }
}

BOOST_AUTO_TEST_CASE(sendfile_ends)
{
    const open_file file(numbers(100'000));
    const auto send = [&](weft::tcp::socket& to) {
        error_code error;
        to.sendfile(file.get(), 0, 1 << 20U, error);
        return error;
    };
    run_fibers(
        [&] {
            auto ends = make_connection(weft::this_executor(), 4096);
            weft::test::fill(ends.client);
            error_code result;
            watched_fiber canceled([&] { result = send(ends.client); });
            this_fiber::yield();
            canceled.cancel();
            canceled.join();
            BOOST_TEST((result == aborted));
            watched_fiber closed([&] { result = send(ends.client); });
            this_fiber::yield();
            ends.client.close();
            closed.join();
            BOOST_TEST((result == aborted));
        },
        &standing);
    run_fibers(
        [&] {
            auto ends = make_connection(weft::this_executor(), 4096);
            weft::test::fill(ends.client);
            const weft::deadline limit(1s);
            BOOST_TEST((send(ends.client) == timed_out));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(H25_sendfile_to_a_peer_that_has_gone_raises_no_signal)
{
    const open_file file(numbers(100));
    run_fibers([&] {
        auto ends = make_connection();
        weft::test::reset(ends.server);
        ends.client.wait(weft::tcp::socket::next_layer_type::wait_read);
        error_code error;
        for (int i = 0; i < 3; ++i) // the first may be told of the reset, the others of a broken pipe
        {
            ends.client.sendfile(file.get(), 0, 100, error);
            BOOST_TEST((error == asio::error::connection_reset || error == asio::error::broken_pipe), error.message());
        }
        BOOST_TEST((code_of([&] { ends.client.sendfile(-1, 0, 1); }) == asio::error::bad_descriptor));
    });
}

BOOST_AUTO_TEST_SUITE_END()
