// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "support/allocation_counter.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::any_stream;
using weft::buffered_stream;
using weft::make_pipe;

static_assert(weft::stream<any_stream>);
static_assert(weft::stream<weft::tcp::socket>);
static_assert(weft::stream<asio::ip::tcp::socket>);
static_assert(weft::stream<buffered_stream<weft::tcp::socket>>);
static_assert(weft::stream<buffered_stream<weft::pipe_end&>>);
static_assert(weft::stream<weft::tee<weft::tcp::socket&, any_stream>>);
static_assert(!weft::stream<int>);
static_assert(!std::is_copy_constructible_v<any_stream>);

namespace
{

/// Ends that are connected to each other, of each kind that one may have.
void with_each_pair(const std::function<void(any_stream, any_stream)>& use)
{
    run_fibers([&use] {
        auto ends = weft::test::make_connection();
        use(any_stream(std::move(ends.client)), any_stream(std::move(ends.server)));
    });
    run_fibers([&use] {
        auto ab = make_pipe(5);
        auto& a = ab.first;
        auto& b = ab.second;
        use(any_stream(std::move(a)), any_stream(std::move(b)));
    });
}

std::string text(std::string_view bytes)
{
    return std::string(bytes);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(streams, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(any_stream_with_the_algorithms_of_asio)
{
    with_each_pair([](any_stream a, any_stream b) {
        watched_fiber writer([&a] {
            asio::write(a, std::array{asio::buffer("one\r", 4), asio::buffer("\ntwo", 4)});
            a.shutdown(asio::socket_base::shutdown_send);
        });
        std::string data;
        BOOST_TEST(asio::read_until(b, asio::dynamic_buffer(data), "\r\n") == 5U);
        error_code error;
        asio::read(b, asio::dynamic_buffer(data), error);
        BOOST_TEST((error == asio::error::eof));
        BOOST_TEST(data == "one\r\ntwo");
        BOOST_TEST(b.read_some(asio::buffer(data)) == 0U);
        writer.join();
        b.write(asio::buffer("back", 4));
        b.close();
        data.clear();
        asio::read(a, asio::dynamic_buffer(data), error);
        BOOST_TEST(data == "back");
    });
}

BOOST_AUTO_TEST_CASE(any_stream_is_one_allocation)
{
    run_fibers([] {
        auto ends = make_pipe();
        const auto before = weft::test::allocation_count();
        any_stream a(std::move(ends.first));
        any_stream moved(std::move(a));
        moved.write(asio::buffer("abc", 3));
        const auto made = weft::test::allocation_count() - before;
        BOOST_TEST((made == 1U || !weft::test::allocations_can_fail()));
        BOOST_TEST(!a);
        BOOST_TEST(static_cast<bool>(moved));
    });
}

BOOST_AUTO_TEST_CASE(any_stream_gives_back_what_is_in_it)
{
    run_fibers([] {
        auto ab = make_pipe();
        auto& a = ab.first;
        auto& b = ab.second;
        any_stream some(std::move(a));
        BOOST_TEST(some.target<weft::tcp::socket>() == nullptr);
        BOOST_REQUIRE(some.target<weft::pipe_end>() != nullptr);
        some.target<weft::pipe_end>()->close();
        BOOST_TEST(b.read_some(asio::mutable_buffer()) == 0U);
        const any_stream in_place(std::in_place_type<weft::tcp::socket>, weft::this_executor());
        BOOST_TEST(static_cast<bool>(in_place));
    });
}

BOOST_AUTO_TEST_CASE(an_empty_any_stream_says_so)
{
    any_stream none;
    char letter = 'x';
    BOOST_TEST((code_of([&] { none.read_some(asio::buffer(&letter, 1)); }) == asio::error::bad_descriptor));
    BOOST_TEST((code_of([&] { none.write_some(asio::buffer(&letter, 1)); }) == asio::error::bad_descriptor));
    BOOST_TEST((code_of([&] { none.shutdown(asio::socket_base::shutdown_both); }) == asio::error::bad_descriptor));
    none.close();
    BOOST_TEST(none.target<int>() == nullptr);
    auto ab = make_pipe();
    auto& a = ab.first;
    any_stream limited(std::in_place_type<buffered_stream<weft::pipe_end>>, std::move(a));
    BOOST_TEST(
        (code_of([&] { limited.shutdown(asio::socket_base::shutdown_send); }) == asio::error::operation_not_supported));
}

BOOST_AUTO_TEST_CASE(buffered_lines)
{
    with_each_pair([](any_stream a, any_stream b) {
        watched_fiber writer([&a] {
            for (const std::string piece : {"first\r", "\nsec", "ond\n\n", "no end"})
            {
                a.write(asio::buffer(piece));
                this_fiber::yield();
            }
            a.close();
        });
        buffered_stream<any_stream&> in(b, 16);
        BOOST_TEST(in.peek(3).starts_with("fir"));
        BOOST_TEST(text(in.read_line().value()) == "first");
        BOOST_TEST(text(in.read_line().value()) == "second");
        BOOST_TEST(in.read_line().value().empty());
        BOOST_TEST(text(in.peek(16)) == "no end");
        BOOST_TEST(text(in.read_line().value()) == "no end");
        BOOST_TEST(!in.read_line());
        error_code error;
        BOOST_TEST(!in.read_line(error));
        BOOST_TEST((error == asio::error::eof));
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(H25_a_line_that_is_too_long_is_an_error_and_stays)
{
    run_fibers([] {
        auto ab = make_pipe();
        auto& a = ab.first;
        auto& b = ab.second;
        a.write(asio::buffer("0123456789\nx\n", 13));
        buffered_stream<weft::pipe_end&> in(b, 8);
        BOOST_TEST((code_of([&] { in.read_line(); }) == asio::error::message_size));
        BOOST_TEST((code_of([&] { in.peek(9); }) == asio::error::message_size));
        BOOST_TEST(text(in.buffered()) == "01234567");
        in.consume(8);
        BOOST_TEST(text(in.read_line().value()) == "89");
        BOOST_TEST(text(in.read_line().value()) == "x");
        BOOST_TEST((code_of([&] { buffered_stream<weft::pipe_end&>(b, 0); }) == asio::error::invalid_argument));
    });
}

BOOST_AUTO_TEST_CASE(an_interrupted_line_is_read_by_the_next_call)
{
    run_fibers(
        [] {
            auto ab = make_pipe();
            auto& a = ab.first;
            auto& b = ab.second;
            buffered_stream<weft::pipe_end&> in(b);
            a.write(asio::buffer("half", 4));
            {
                const weft::deadline limit(1s);
                BOOST_TEST((code_of([&] { in.read_line(); }) == asio::error::timed_out));
            }
            a.write(asio::buffer(" whole\n", 7));
            BOOST_TEST(text(in.read_line().value()) == "half whole");
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(buffered_reads_of_all_sizes)
{
    run_fibers([] {
        auto ab = make_pipe();
        auto& a = ab.first;
        auto& b = ab.second;
        a.write(asio::buffer("abcdefghijklmnop", 16));
        buffered_stream<weft::pipe_end&> in(b, 4);
        std::string got(16, '\0');
        BOOST_TEST(in.read_some(asio::buffer(got, 1)) == 1U);
        BOOST_TEST(text(in.buffered()) == "bcd");
        BOOST_TEST(in.read_some(asio::buffer(got) + 1) == 3U);  // no wait while something is there
        BOOST_TEST(in.read_some(asio::buffer(got) + 4) == 12U); // large ones go past the memory
        BOOST_TEST(got == "abcdefghijklmnop");
        a.close();
        BOOST_TEST(in.read_some(asio::buffer(got)) == 0U);
        BOOST_TEST(in.read_some(asio::buffer(got, 1)) == 0U);
    });
}

BOOST_AUTO_TEST_CASE(V13_buffered_writes_and_flush)
{
    run_fibers([] {
        auto ab = make_pipe();
        auto& a = ab.first;
        auto& b = ab.second;
        buffered_stream<weft::pipe_end&> out(a, 16, 8);
        out.write(asio::buffer("abc", 3));
        out.write(asio::buffer("def", 3));
        BOOST_TEST(b.available() == 0U);
        BOOST_TEST(out.unflushed() == 6U);
        BOOST_TEST(out.flush() == 6U);
        BOOST_TEST(b.available() == 6U);
        out.write(asio::buffer("0123456789", 10)); // past the memory
        BOOST_TEST(b.available() == 16U);
        out.write(asio::buffer("01234567", 8) + 1);
        out.write(asio::buffer("89", 2)); // does not fit any more
        BOOST_TEST(b.available() == 24U);
        BOOST_TEST(out.flush() == 1U);
        BOOST_TEST(out.flush() == 0U);
        std::string got(25, '\0');
        BOOST_TEST(b.read_some(asio::buffer(got)) == 25U);
        BOOST_TEST(got == "abcdef0123456789123456789");
    });
}

BOOST_AUTO_TEST_CASE(an_interrupted_flush_goes_on_later)
{
    run_fibers(
        [] {
            auto ab = make_pipe(2);
            auto& a = ab.first;
            auto& b = ab.second;
            buffered_stream<weft::pipe_end&> out(a);
            out.write(asio::buffer("abcd", 4));
            {
                const weft::deadline limit(1s);
                error_code error;
                BOOST_TEST(out.flush(error) == 2U);
                BOOST_TEST((error == asio::error::timed_out));
            }
            watched_fiber flusher([&] { BOOST_TEST(out.flush() == 2U); });
            std::string got(4, '\0');
            asio::read(b, asio::buffer(got));
            BOOST_TEST(got == "abcd");
            flusher.join();
            b.close();
            out.write(asio::buffer("x", 1));
            BOOST_TEST((code_of([&] { out.flush(); }) == asio::error::broken_pipe));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(copy_until_the_end)
{
    with_each_pair([](any_stream a, any_stream b) {
        auto cd = make_pipe(7);
        auto& c = cd.first;
        auto& d = cd.second;
        watched_fiber forward([&, &to = c] {
            BOOST_TEST(weft::copy(b, to) == 100000U);
            to.shutdown(asio::socket_base::shutdown_send);
            BOOST_TEST(weft::copy(to, b) == 3U); // the way back is still there
        });
        watched_fiber sender([&a] {
            a.write(asio::buffer(std::string(100000, 's')));
            a.shutdown(asio::socket_base::shutdown_send);
        });
        std::string got;
        error_code error;
        asio::read(d, asio::dynamic_buffer(got), error);
        BOOST_TEST(got.size() == 100000U);
        d.write(asio::buffer("ack", 3));
        d.close();
        std::string answer(3, '\0');
        asio::read(a, asio::buffer(answer));
        BOOST_TEST(answer == "ack");
        forward.join();
        sender.join();
    });
}

BOOST_AUTO_TEST_CASE(copy_says_how_much_was_written_before_an_error)
{
    run_fibers([] {
        auto ab = make_pipe();
        auto& a = ab.first;
        auto& b = ab.second;
        auto cd = make_pipe(3);
        auto& c = cd.first;
        auto& d = cd.second;
        a.write(asio::buffer("abcdef", 6));
        watched_fiber reader([end = std::move(d)]() mutable {
            std::string got(2, '\0');
            asio::read(end, asio::buffer(got)); // and goes
        });
        error_code error;
        const auto count = weft::copy(b, c, error);
        BOOST_TEST(count >= 3U);
        BOOST_TEST(count < 6U);
        BOOST_TEST((error == asio::error::broken_pipe));
        reader.join();
        watched_fiber waiting([&from = b, &to = c] {
            BOOST_TEST((code_of([&] { weft::copy(from, to); }) == asio::error::operation_aborted));
        });
        this_fiber::yield();
        waiting.cancel();
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(tee_records_a_conversation)
{
    run_fibers([] {
        auto ab = make_pipe();
        auto& a = ab.first;
        auto& b = ab.second;
        auto ends = make_pipe();
        auto& record = ends.first;
        auto& tape = ends.second;
        weft::tee<weft::pipe_end&, weft::pipe_end&> both(a, record);
        both.write_some(std::array{asio::buffer("ask", 3), asio::buffer("ing ", 4)});
        b.write(asio::buffer("told", 4));
        char got[10];
        BOOST_TEST(both.read_some(asio::buffer(got)) == 4U);
        BOOST_TEST(tape.available() == 11U);
        weft::tee<weft::pipe_end&, weft::pipe_end&> reads(a, record, weft::tee_what::reads);
        reads.write_some(asio::buffer("unheard", 7));
        BOOST_TEST(tape.available() == 11U);
        std::string played(11, '\0');
        tape.read_some(asio::buffer(played));
        BOOST_TEST(played == "asking told");

        tape.close();
        error_code error;
        BOOST_TEST(both.write_some(asio::buffer("abc", 3), error) == 3U); // they have gone where they should
        BOOST_TEST((error == asio::error::broken_pipe));
    });
}

BOOST_AUTO_TEST_SUITE_END()
