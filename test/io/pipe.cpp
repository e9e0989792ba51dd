// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::make_pipe;

static_assert(weft::stream<weft::pipe_end>);

namespace
{

std::string read_some(weft::pipe_end& from, std::size_t most = 100)
{
    std::string got(most, '\0');
    got.resize(from.read_some(asio::buffer(got)));
    return got;
}

/// A million bytes, in pieces of another size than the capacity; then the end.
void write_much(weft::pipe_end to, std::string& sent)
{
    for (int i = 0; sent.size() < 1000000; ++i)
    {
        sent += std::to_string(i);
    }
    for (std::size_t at = 0; at < sent.size(); at += 777)
    {
        to.write(asio::buffer(sent.substr(at, 777)));
    }
}

std::string read_all(weft::pipe_end& from)
{
    std::string got;
    error_code error;
    asio::read(from, asio::dynamic_buffer(got), error);
    BOOST_TEST((error == asio::error::eof));
    return got;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(pipes, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(V16_both_directions)
{
    run_fibers([] {
        auto ab = make_pipe();
        auto& a = ab.first;
        auto& b = ab.second;
        a.write(asio::buffer("question", 8));
        BOOST_TEST(b.available() == 8U);
        BOOST_TEST(read_some(b, 5) == "quest");
        BOOST_TEST(read_some(b) == "ion");
        b.write(std::array<asio::const_buffer, 3>{asio::buffer("ans", 3), {}, asio::buffer("wer", 3)});
        std::string x(2, '\0');
        std::string y(4, '\0');
        BOOST_TEST(a.read_some(std::array{asio::buffer(x), asio::buffer(y)}) == 6U);
        BOOST_TEST(x + y == "answer");
        BOOST_TEST(a.read_some(asio::mutable_buffer()) == 0U);
        BOOST_TEST(a.write_some(asio::const_buffer()) == 0U);
    });
}

BOOST_AUTO_TEST_CASE(a_full_one_holds_the_writer_back)
{
    run_fibers([] {
        auto ab = make_pipe(4);
        auto& a = ab.first;
        auto& b = ab.second;
        bool written = false;
        watched_fiber writer([&] {
            BOOST_TEST(a.write_some(asio::buffer("abcdef", 6)) == 4U);
            BOOST_TEST(a.write(asio::buffer("efghij", 6)) == 6U);
            written = true;
        });
        this_fiber::yield();
        BOOST_TEST(b.available() == 4U);
        BOOST_TEST(read_some(b, 3) == "abc");
        this_fiber::yield();
        BOOST_TEST(!written);
        BOOST_TEST(read_some(b) == "defg"); // around the end of the ring
        this_fiber::yield();
        BOOST_TEST(written);
        BOOST_TEST(read_some(b) == "hij");
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(a_closed_end_is_the_end_of_the_stream_after_all_was_read)
{
    run_fibers([] {
        auto ab = make_pipe();
        auto& a = ab.first;
        auto& b = ab.second;
        a.write(asio::buffer("last", 4));
        a.close();
        BOOST_TEST(!a.is_open());
        BOOST_TEST(read_some(b, 2) == "la");
        BOOST_TEST(read_some(b) == "st");
        for (int i = 0; i < 2; ++i)
        {
            error_code error;
            char letter = 0;
            BOOST_TEST(b.read_some(asio::buffer(&letter, 1), error) == 0U);
            BOOST_TEST((error == asio::error::eof));
            BOOST_TEST(read_some(b).empty());
        }
        BOOST_TEST((code_of([&] { b.write_some(asio::buffer("x", 1)); }) == asio::error::broken_pipe));
        BOOST_TEST((code_of([&] { read_some(a); }) == asio::error::bad_descriptor));
        BOOST_TEST((code_of([&] { a.write_some(asio::buffer("x", 1)); }) == asio::error::bad_descriptor));
    });
}

BOOST_AUTO_TEST_CASE(half_close_leaves_the_way_back)
{
    run_fibers([] {
        auto ab = make_pipe();
        auto& a = ab.first;
        auto& b = ab.second;
        a.write(asio::buffer("request", 7));
        a.shutdown(asio::socket_base::shutdown_send);
        BOOST_TEST((code_of([&] { a.write_some(asio::buffer("x", 1)); }) == asio::error::broken_pipe));
        std::string got;
        error_code error;
        asio::read(b, asio::dynamic_buffer(got), error);
        BOOST_TEST((error == asio::error::eof));
        BOOST_TEST(got == "request");
        b.write(asio::buffer("reply", 5));
        BOOST_TEST(read_some(a) == "reply");
        a.shutdown(asio::socket_base::shutdown_receive);
        BOOST_TEST((code_of([&] { b.write_some(asio::buffer("x", 1)); }) == asio::error::broken_pipe));
        BOOST_TEST(read_some(a).empty());
    });
}

BOOST_AUTO_TEST_CASE(the_other_end_going_ends_the_waits_of_this_one)
{
    run_fibers([] {
        auto ab = make_pipe(1);
        auto& a = ab.first;
        auto& b = ab.second;
        a.write(asio::buffer("x", 1));
        watched_fiber reader([&a] { BOOST_TEST(read_some(a).empty()); });
        watched_fiber writer(
            [&a] { BOOST_TEST((code_of([&a] { a.write_some(asio::buffer("y", 1)); }) == asio::error::broken_pipe)); });
        this_fiber::yield();
        {
            const auto gone = std::move(b);
        }
        reader.join();
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(V13_close_by_another_fiber_ends_the_waits)
{
    run_fibers([] {
        auto ab = make_pipe(1);
        auto& a = ab.first;
        auto& b = ab.second;
        a.write(asio::buffer("x", 1));
        watched_fiber reader([&a] { BOOST_TEST((code_of([&a] { read_some(a); }) == asio::error::operation_aborted)); });
        watched_fiber writer([&a] {
            BOOST_TEST((code_of([&a] { a.write_some(asio::buffer("y", 1)); }) == asio::error::operation_aborted));
        });
        this_fiber::yield();
        a.close();
        reader.join();
        writer.join();
        BOOST_TEST(read_some(b) == "x");
    });
}

BOOST_AUTO_TEST_CASE(cancelled_waits_lose_nothing)
{
    run_fibers([] {
        auto ab = make_pipe(2);
        auto& a = ab.first;
        auto& b = ab.second;
        watched_fiber reader([&b] {
            BOOST_TEST((code_of([&b] { read_some(b); }) == asio::error::operation_aborted));
            BOOST_TEST((code_of([&b] { b.write_some(asio::buffer("x", 1)); }) == asio::error::operation_aborted));
        });
        watched_fiber writer([&a] {
            error_code error;
            BOOST_TEST(a.write(asio::buffer("1234", 4), error) == 2U);
            BOOST_TEST((error == asio::error::operation_aborted));
        });
        reader.cancel(); // before its wait
        this_fiber::yield();
        writer.cancel(); // in its wait
        reader.join();
        writer.join();
        BOOST_TEST(read_some(b) == "12");
        BOOST_TEST(a.available() == 0U);
    });
}

BOOST_AUTO_TEST_CASE(deadlines_are_inherited)
{
    run_fibers(
        [] {
            auto ab = make_pipe(1);
            auto& a = ab.first;
            auto& b = ab.second;
            const weft::deadline limit(1s);
            BOOST_TEST((code_of([&b = b] { read_some(b); }) == asio::error::timed_out));
            a.write(asio::buffer("x", 1));
            BOOST_TEST((code_of([&a = a] { a.write_some(asio::buffer("y", 1)); }) == asio::error::timed_out));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(between_schedulers_and_threads)
{
    auto ab = make_pipe(1000);
    auto& a = ab.first;
    auto& b = ab.second;
    std::string sent;
    std::thread writer([&sent, end = std::move(a)]() mutable { weft::run([&] { write_much(std::move(end), sent); }); });
    std::string got;
    weft::run([&got, &end = b] { got = read_all(end); });
    writer.join();
    BOOST_TEST((got == sent));

    auto cd = make_pipe(1000);
    auto& c = cd.first;
    auto& d = cd.second;
    sent.clear();
    std::thread plain([&sent, end = std::move(c)]() mutable { write_much(std::move(end), sent); });
    got = read_all(d);
    plain.join();
    BOOST_TEST((got == sent));
}

BOOST_AUTO_TEST_CASE(algorithms_of_asio)
{
    run_fibers([] {
        auto ab = make_pipe(3);
        auto& a = ab.first;
        auto& b = ab.second;
        watched_fiber writer([end = std::move(a)]() mutable { asio::write(end, asio::buffer("first\nsecond\n", 13)); });
        std::string data;
        BOOST_TEST(asio::read_until(b, asio::dynamic_buffer(data), '\n') == 6U);
        data.erase(0, 6);
        BOOST_TEST(asio::read_until(b, asio::dynamic_buffer(data), '\n') == 7U);
        BOOST_TEST(data == "second\n");
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(no_capacity_is_an_error)
{
    BOOST_TEST((code_of([] { make_pipe(0); }) == asio::error::invalid_argument));
    weft::pipe_end none;
    BOOST_TEST((code_of([&] { read_some(none); }) == asio::error::bad_descriptor));
    BOOST_TEST((code_of([&] { none.shutdown(asio::socket_base::shutdown_both); }) == asio::error::bad_descriptor));
}

BOOST_AUTO_TEST_SUITE_END()
