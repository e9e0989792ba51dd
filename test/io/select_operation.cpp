// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/io/select_operation.hpp>
#include <weft/io/stream_socket.hpp>
#include <weft/io/tcp.hpp>
#include <weft/sync/blocking_queue.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/select.hpp>

#include "support/allocation_counter.hpp"
#include "support/errors.hpp"
#include "support/virtual_time.hpp"
#include "support_operations.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using boost::system::error_code;
using weft::as_case;
using weft::fiber;
using weft::select;

namespace
{

using local_socket = asio::local::stream_protocol::socket;

struct pair_of_sockets
{
    pair_of_sockets()
    {
        asio::local::connect_pair(a, b);
    }
    local_socket a{weft::this_executor()};
    local_socket b{weft::this_executor()};
    std::array<char, 16> bytes{};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(select_operations, recorder)

BOOST_AUTO_TEST_CASE(an_operation_wins)
{
    weft::run([this] {
        pair_of_sockets ends;
        weft::manual_reset_event never;
        fiber peer([&] { asio::write(ends.b, asio::buffer("abc", 3)); });
        const auto place =
            select(never.on_set([] {}),
                   ends.a.async_read_some(asio::buffer(ends.bytes), as_case([&](error_code error, std::size_t n) {
                                              note(error ? "?" : std::string(ends.bytes.data(), n));
                                          })),
                   weft::after(1h));
        BOOST_TEST(place == 1U);
        peer.join();
        asio::steady_timer timer(weft::this_executor(), 1ms);
        select(never.on_set([] {}), timer.async_wait(as_case([&](error_code error) { note(error ? "?" : "timer"); })));
        select(never.on_set([] {}), complete_inside<void(int)>(as_case([&](int n) { note("inside", n); }), 7));
        select(never.on_set([] {}),
               complete_later<void(std::unique_ptr<int>)>(as_case([&](std::unique_ptr<int> n) { note("later", *n); }),
                                                          std::make_unique<int>(8)));
    });
    BOOST_TEST(line() == "abc timer inside7 later8");
}

BOOST_AUTO_TEST_CASE(an_operation_loses_and_nothing_is_read)
{
    weft::run([this] {
        pair_of_sockets ends;
        const auto read = [&] {
            return ends.a.async_read_some(asio::buffer(ends.bytes), as_case([&](error_code error, std::size_t n) {
                                              note(error ? "?" : std::string(ends.bytes.data(), n));
                                          }));
        };
        BOOST_TEST(select(read(), weft::after(1ms, [this] { note("time"); })) == 1U);
        weft::blocking_queue<int> queue;
        queue.push(1);
        BOOST_TEST(select(read(), queue.on_pop([this](int n) { note("pop", n); })) == 1U);
        BOOST_TEST(select(read(), weft::otherwise([this] { note("otherwise"); })) == 1U);
        fiber later([&] { queue.push(2); });
        BOOST_TEST(select(read(), queue.on_pop([this](int n) { note("pop", n); })) == 1U);
        later.join();
        asio::write(ends.b, asio::buffer("xyz", 3));
        BOOST_TEST(select(read(), weft::after(1h)) == 0U);
    });
    BOOST_TEST(line() == "time pop1 otherwise pop2 xyz");
}

// What cannot be stopped any more is not lost.
BOOST_AUTO_TEST_CASE(an_operation_that_finishes_while_it_is_withdrawn)
{
    weft::run([this] {
        held_operation<error_code, int> held;
        weft::blocking_queue<int> queue;
        const auto operation = [&] {
            return held.async_wait(as_case([this](error_code error, int n) { note(error ? "?" : "held", n); }));
        };
        // It wins over the end of a time,
        fiber first([&] { BOOST_TEST(select(operation(), weft::after(1ms, [this] { note("?"); })) == 0U); });
        while (held.cancellations == 0)
        {
            this_fiber::sleep_for(1ms);
        }
        held.complete(error_code(), 1);
        first.join();
        // runs after what has brought something,
        fiber second([&] { BOOST_TEST(select(operation(), queue.on_pop([this](int n) { note("pop", n); })) == 1U); });
        this_fiber::yield();
        queue.push(5);
        while (held.cancellations == 1)
        {
            this_fiber::yield();
        }
        held.complete(error_code(), 2);
        second.join();
        // wins over a cancellation,
        fiber third([&] { BOOST_TEST(select(operation(), weft::after(1h)) == 0U); });
        this_fiber::yield();
        third.cancel();
        while (held.cancellations == 2)
        {
            this_fiber::yield();
        }
        held.complete(error_code(), 3);
        third.join();
        // and counts for nothing if it was aborted.
        fiber fourth(
            [&] { note(error_of([&] { select(operation(), weft::after(1h)); }) == aborted ? "aborted" : "?"); });
        this_fiber::yield();
        fourth.cancel();
        while (held.cancellations == 3)
        {
            this_fiber::yield();
        }
        held.complete(error_code(aborted), 4);
        fourth.join();
    });
    BOOST_TEST(line() == "held1 pop5 held2 held3 aborted");
}

BOOST_AUTO_TEST_CASE(descriptors_become_ready)
{
    weft::run([this] {
        asio::readable_pipe in(weft::this_executor());
        asio::writable_pipe out(weft::this_executor());
        asio::connect_pipe(in, out);
        pair_of_sockets ends;
        weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
        const auto says = [this](std::string what) {
            return [this, what](error_code error) { note(error ? "?" : what); };
        };
        select(weft::on_readable(ends.a, says("?")), weft::on_writable(ends.b, says("writable")));
        select(weft::on_readable(ends.a, says("?")), weft::after(1ms, [this] { note("time"); }));
        asio::write(ends.b, asio::buffer("x", 1));
        select(weft::on_readable(ends.a, says("readable")), weft::after(1h));
        fiber writer([&] { asio::write(out, asio::buffer("y", 1)); });
        select(in.async_read_some(asio::buffer(ends.bytes),
                                  as_case([this](error_code, std::size_t n) { note("pipe", int(n)); })),
               weft::after(1h));
        writer.join();
    });
    BOOST_TEST(line() == "writable time readable pipe1");
}

BOOST_AUTO_TEST_CASE(the_handler_is_destroyed)
{
    pair_of_sockets* ends = nullptr;
    {
        asio::io_context io;
        weft::spawn(io, [&] {
            pair_of_sockets mine;
            ends = &mine;
            weft::manual_reset_event never;
            note(error_of([&] {
                     select(mine.a.async_read_some(
                                asio::buffer(mine.bytes),
                                as_case([this](error_code error, std::size_t) { note(error.message()); })),
                            never.on_set([] {}));
                 }) == aborted
                     ? "aborted"
                     : "ended");
        });
        io.poll();
        BOOST_TEST(ends != nullptr);
    }
    BOOST_TEST(!line().empty());
}

BOOST_AUTO_TEST_CASE(initiations_that_throw)
{
    weft::run([this] {
        auto token = as_case([this](error_code) { note("?"); });
        pair_of_sockets ends;
        BOOST_CHECK_THROW(select(ends.a.async_read_some(asio::buffer(ends.bytes),
                                                        as_case([this](error_code, std::size_t) { note("?"); })),
                                 asio::async_initiate<decltype(token), void(error_code)>(
                                     [](auto) { throw std::runtime_error("not begun"); }, token)),
                          std::runtime_error);
    });
    BOOST_TEST(line() == "");
}

BOOST_AUTO_TEST_CASE(only_in_fibers)
{
    asio::io_context io;
    asio::steady_timer timer(io);
    BOOST_TEST(error_of([&] { select(timer.async_wait(as_case([](error_code) {}))); }) ==
               errc::operation_not_permitted);
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated)
{
    weft::run([] {
        pair_of_sockets ends;
        weft::manual_reset_event never;
        const auto turn = [&] {
            fiber peer([&] { asio::write(ends.b, asio::buffer("x", 1)); });
            std::size_t got = 0;
            select(
                ends.a.async_read_some(asio::buffer(ends.bytes), as_case([&](error_code, std::size_t n) { got = n; })),
                never.on_set([] {}), weft::after(1h));
            peer.join();
            return got;
        };
        for (int i = 0; i < 20; ++i)
        {
            turn();
        }
        const auto before = allocation_count();
        std::size_t got = 0;
        for (int i = 0; i < 20; ++i)
        {
            got += turn();
        }
        BOOST_TEST(got == 20U);
        BOOST_TEST(allocation_count() == before);
    });
}

BOOST_AUTO_TEST_SUITE_END()
