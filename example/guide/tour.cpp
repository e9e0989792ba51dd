// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The code of doc/tour.md and doc/from_asio.md, which must stand there word for word: the test `pages` compares.

#include <weft/weft.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace std::chrono_literals;

namespace
{

void two_fibers()
{
    weft::fiber cook([] {
        std::cout << "cook: puts the kettle on\n";
        this_fiber::sleep_for(2ms); // the fiber waits; the thread runs the other one
        std::cout << "cook: tea is ready\n";
    });
    weft::fiber guest([] { std::cout << "guest: reads the paper\n"; });
    guest.join();
    cook.join();
}

void hand_over()
{
    weft::blocking_queue<std::string> orders(2); // holds two, then push waits
    weft::fiber kitchen([&orders] {
        for (const auto& order : orders) // ends when the queue is closed and empty
        {
            std::cout << "kitchen: " << order << '\n';
        }
    });
    for (const auto order : {"soup", "fish", "cake"})
    {
        orders.push(order);
    }
    orders.close();
    kitchen.join();
}

void first_of_several(weft::blocking_queue<std::string>& orders, weft::manual_reset_event& closing_time)
{
    weft::select(orders.on_pop([](const std::string& order) { std::cout << "an order: " << order << '\n'; }),
                 closing_time.on_set([] { std::cout << "closed\n"; }),
                 weft::after(5ms, [] { std::cout << "nobody came\n"; }));
}

void within_a_limit()
{
    weft::manual_reset_event never;
    try
    {
        const weft::deadline limit(5ms); // bounds every wait below, in every callee
        never.wait();
    }
    catch (const boost::system::system_error& error)
    {
        std::cout << (error.code() == boost::asio::error::timed_out ? "too late\n" : "something else\n");
    }
}

void echo(weft::tcp::socket peer)
{
    std::array<char, 4096> data;
    while (const auto size = peer.read_some(asio::buffer(data)))
    {
        peer.write(asio::buffer(data, size));
    }
}

void serve_and_ask()
{
    weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
    const auto address = acceptor.local_endpoint();
    weft::server server({.max_connections = 1000, .connection_limit = 5min, .grace = 10s});
    weft::fiber serving([&] { server.serve(acceptor, echo); });

    weft::tcp::socket socket;
    socket.connect(address);
    socket.write(asio::buffer("hello", 5));
    std::string answer(5, '\0');
    asio::read(socket, asio::buffer(answer)); // Asio's own algorithm: the socket is a stream of Asio
    std::cout << "the server says " << answer << '\n';
    socket.close();

    server.stop();
    serving.join();
    std::cout << server.counters().finished << " connection was served\n";
}

// ---- doc/from_asio.md

using local_stream = asio::local::stream_protocol;

struct callback_echo : std::enable_shared_from_this<callback_echo>
{
    explicit callback_echo(local_stream::socket connected) : peer(std::move(connected)) {}

    void read()
    {
        peer.async_read_some(asio::buffer(data), [self = shared_from_this()](auto error, std::size_t size) {
            if (!error)
            {
                self->write(size);
            }
        });
    }
    void write(std::size_t size)
    {
        asio::async_write(peer, asio::buffer(data, size), [self = shared_from_this()](auto error, std::size_t) {
            if (!error)
            {
                self->read();
            }
        });
    }

    local_stream::socket peer;
    std::array<char, 4096> data;
};

asio::awaitable<void> coroutine_echo(local_stream::socket peer)
{
    std::array<char, 4096> data;
    for (;;)
    {
        const auto size = co_await peer.async_read_some(asio::buffer(data), asio::use_awaitable);
        co_await asio::async_write(peer, asio::buffer(data, size), asio::use_awaitable);
    }
}

void fiber_echo(local_stream::socket peer)
{
    std::array<char, 4096> data;
    for (;;)
    {
        const auto size = peer.async_read_some(asio::buffer(data), weft::use_fiber);
        asio::async_write(peer, asio::buffer(data, size), weft::use_fiber);
    }
}

void weft_echo(weft::local::socket peer)
{
    std::array<char, 4096> data;
    while (const auto size = peer.read_some(asio::buffer(data)))
    {
        peer.write(asio::buffer(data, size));
    }
}

int compute()
{
    this_fiber::sleep_for(1ms);
    return 42;
}

asio::awaitable<int> ask()
{
    asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
    co_await timer.async_wait(asio::use_awaitable);
    co_return 43;
}

asio::awaitable<void> from_a_coroutine(asio::io_context& io)
{
    const int answer = co_await weft::spawn(io, compute, asio::use_awaitable);
    std::cout << "a coroutine has waited for a fiber: " << answer << '\n';
}

void both_ways(asio::io_context& io)
{
    const int answer = weft::await(ask());
    std::cout << "a fiber has waited for a coroutine: " << answer << '\n';
    weft::await(from_a_coroutine(io));
}

/// Says a word to something that echoes, and returns what comes back.
std::string ask_an_echo(const std::function<void(local_stream::socket)>& start)
{
    local_stream::socket here(weft::this_executor());
    local_stream::socket there(weft::this_executor());
    asio::local::connect_pair(here, there);
    start(std::move(there));
    asio::async_write(here, asio::buffer("again", 5), weft::use_fiber);
    std::string answer(5, '\0');
    asio::async_read(here, asio::buffer(answer), weft::use_fiber);
    return answer;
}

/// For a function that ends with the connection, by an error that is none of interest here.
template <class F>
void until_the_end(F&& function)
{
    try
    {
        function();
    }
    catch (const boost::system::system_error&)
    {
    }
}

void four_ways_to_echo()
{
    std::cout << "callbacks: " << ask_an_echo([](local_stream::socket peer) {
        std::make_shared<callback_echo>(std::move(peer))->read();
    }) << '\n';
    std::cout << "a coroutine: " << ask_an_echo([](local_stream::socket peer) {
        weft::fiber([peer = std::move(peer)]() mutable {
            until_the_end([&] { weft::await(coroutine_echo(std::move(peer))); });
        }).detach();
    }) << '\n';
    std::cout << "a fiber: " << ask_an_echo([](local_stream::socket peer) {
        weft::fiber([peer = std::move(peer)]() mutable {
            until_the_end([&] { fiber_echo(std::move(peer)); });
        }).detach();
    }) << '\n';
    std::cout << "a fiber with weft's sockets: " << ask_an_echo([](local_stream::socket peer) {
        weft::fiber([peer = std::move(peer)]() mutable { weft_echo(weft::local::socket(std::move(peer))); }).detach();
    }) << '\n';
}

void take_part(asio::io_context& io)
{
    weft::spawn(io, [&io] {
        four_ways_to_echo();
        both_ways(io);
    });
    io.run(); // your program's own, with your handlers beside the fibers
}

} // namespace

int main()
{
    weft::run([] {
        two_fibers();
        hand_over();
        weft::blocking_queue<std::string> orders;
        weft::manual_reset_event closing_time;
        first_of_several(orders, closing_time);
        orders.push("tea");
        first_of_several(orders, closing_time);
        closing_time.set();
        first_of_several(orders, closing_time);
        within_a_limit();
        serve_and_ask();
    });
    asio::io_context io;
    take_part(io);
}
