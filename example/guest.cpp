// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// weft as a guest: fibers, callbacks and C++20 coroutines on one io_context that belongs to the program and is driven
// by its own io.run(). Each hands results to the others, with no thread and no lock between them.

#include <weft/weft.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

void say(std::string_view who, std::string_view what)
{
    std::cout << who << ": " << what << '\n';
}

/// Some library of the program that knows callbacks only.
void multiply(asio::io_context& io, int a, int b, std::function<void(int)> done)
{
    asio::post(io, [=] {
        say("callback", "the product is there");
        done(a * b);
    });
}

/// A callback wakes a fiber.
int multiply_and_wait(asio::io_context& io, int a, int b)
{
    int product = 0;
    weft::this_fiber::suspend([&](weft::waker done) {
        multiply(io, a, b, [&product, done](int value) {
            product = value;
            done();
        });
    });
    return product;
}

asio::awaitable<void> coroutine(asio::io_context& io, weft::manual_reset_event& finished)
{
    say("coroutine", "waits for a fiber's result");
    auto greeting = weft::spawn(
        io,
        [] {
            asio::steady_timer timer(weft::this_executor(), 1ms);
            timer.async_wait(weft::use_fiber);
            return std::string("hello from a fiber");
        },
        asio::use_awaitable);
    say("coroutine", co_await std::move(greeting));

    try
    {
        co_await weft::spawn(io, [] { throw std::runtime_error("thrown in a fiber"); }, asio::use_awaitable);
    }
    catch (const std::exception& error)
    {
        say("coroutine", error.what());
    }
    finished.set();
}

} // namespace

int main()
{
    asio::io_context io;
    weft::manual_reset_event coroutine_finished;

    // No token: the fiber goes its own way.
    weft::spawn(io, [&] {
        say("fiber", "asks for 6 times 7");
        say("fiber", std::to_string(multiply_and_wait(io, 6, 7)));
        asio::co_spawn(io, coroutine(io, coroutine_finished), asio::detached);
        coroutine_finished.wait();
        say("fiber", "the coroutine has finished");

        // A callback as the token: it gets what the fiber throws or returns.
        weft::spawn(
            io, [] { return 3; },
            [](std::exception_ptr error, int value) {
                say("callback", error ? "failed" : "a fiber returned " + std::to_string(value));
            });
    });

    say("program", "runs its io_context");
    io.run();
    say("program", "nothing is left to do");
}
