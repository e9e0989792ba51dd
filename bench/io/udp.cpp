// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/io/udp.hpp>

#include "cases.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <cstdint>
#include <stdexcept>
#include <sys/socket.h>

// A datagram of 64 bytes to the other socket and back, on one thread. The floor is four system calls, each of which
// finds what it wants.

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;
using boost::system::error_code;
using plain_socket = asio::ip::udp::socket;
using datagram = std::array<char, 64>;

struct plain_pair
{
    explicit plain_pair(asio::io_context& io) : one(io, here()), other(io, here())
    {
        one.connect(other.local_endpoint());
        other.connect(one.local_endpoint());
    }

    static asio::ip::udp::endpoint here()
    {
        return {asio::ip::address_v4::loopback(), 0};
    }

    plain_socket one;
    plain_socket other;
};

void require(bool condition)
{
    if (!condition)
    {
        throw std::runtime_error("a datagram was lost");
    }
}

sample ping_pong_weft(std::uint64_t operations)
{
    sample result{};
    run([&] {
        udp::socket one(plain_pair::here());
        udp::socket other(plain_pair::here());
        one.connect(other.local_endpoint());
        other.connect(one.local_endpoint());
        fiber echo([&] {
            datagram data;
            for (std::uint64_t i = 0; i < operations; ++i)
            {
                other.send(asio::buffer(data, other.receive(asio::buffer(data))));
            }
        });
        datagram data{};
        result = time_loop(operations, [&] {
            one.send(asio::buffer(data));
            require(one.receive(asio::buffer(data)) == data.size());
        });
        echo.join();
    });
    return result;
}

sample ping_pong_raw(std::uint64_t operations)
{
    asio::io_context io(1);
    plain_pair both(io);
    datagram data{};
    const auto move = [&](int from, int to) {
        require(::send(from, data.data(), data.size(), 0) == static_cast<ssize_t>(data.size()));
        require(::recv(to, data.data(), data.size(), 0) == static_cast<ssize_t>(data.size()));
    };
    return time_loop(operations, [&] {
        move(both.one.native_handle(), both.other.native_handle());
        move(both.other.native_handle(), both.one.native_handle());
    });
}

class callback_player
{
public:
    callback_player(plain_socket& socket, std::uint64_t rounds, bool begins)
        : socket_(socket), left_(rounds), begins_(begins)
    {
    }

    void start()
    {
        begins_ ? send() : receive();
    }

private:
    void receive()
    {
        socket_.async_receive(asio::buffer(data_), [this](error_code error, std::size_t count) {
            require(!error && count == data_.size());
            --left_;
            if (!begins_ || left_ != 0)
            {
                send();
            }
        });
    }
    void send()
    {
        socket_.async_send(asio::buffer(data_), [this](error_code error, std::size_t) {
            require(!error);
            if (left_ != 0)
            {
                receive();
            }
        });
    }

    plain_socket& socket_;
    std::uint64_t left_; ///< to be received
    const bool begins_;
    datagram data_{};
};

sample ping_pong_callbacks(std::uint64_t operations)
{
    asio::io_context io(1);
    plain_pair both(io);
    callback_player one(both.one, operations, true);
    callback_player other(both.other, operations, false);
    other.start();
    one.start();
    const stopwatch watch;
    io.run();
    return {watch.elapsed(), operations};
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)

asio::awaitable<void> echo(plain_socket& socket, std::uint64_t operations)
{
    datagram data;
    for (std::uint64_t i = 0; i < operations; ++i)
    {
        co_await socket.async_receive(asio::buffer(data), asio::use_awaitable);
        co_await socket.async_send(asio::buffer(data), asio::use_awaitable);
    }
}

asio::awaitable<void> ask(plain_socket& socket, std::uint64_t operations)
{
    datagram data{};
    for (std::uint64_t i = 0; i < operations; ++i)
    {
        co_await socket.async_send(asio::buffer(data), asio::use_awaitable);
        require(co_await socket.async_receive(asio::buffer(data), asio::use_awaitable) == data.size());
    }
}

sample ping_pong_awaitable(std::uint64_t operations)
{
    asio::io_context io(1);
    plain_pair both(io);
    asio::co_spawn(io, echo(both.other, operations), asio::detached);
    asio::co_spawn(io, ask(both.one, operations), asio::detached);
    const stopwatch watch;
    io.run();
    return {watch.elapsed(), operations};
}

#endif

} // namespace

void add_udp_cases(registry& all)
{
    auto& added = all.add("udp/pingpong", "ns");
    added.timed("weft", ping_pong_weft)
        .timed("raw", ping_pong_raw, "no wait for readiness")
        .timed("asio.callback", ping_pong_callbacks)
        .at_most(1, "asio.callback");
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
    added.timed("asio.awaitable", ping_pong_awaitable);
#endif
}

} // namespace weft::bench
