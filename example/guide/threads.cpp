// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Code of the README and of the pages about threads and debugging, which must stand there word for word: the test `pages`
// compares.

#include <weft/debug/deadlock.hpp>
#include <weft/debug/overflow.hpp>
#include <weft/debug/watchdog.hpp>
#include <weft/weft.hpp>

#include "require.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect_pipe.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <memory>
#include <stop_token>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// ---- README.md

int compute()
{
    return 6;
}

asio::awaitable<int> ask(int factor)
{
    co_await asio::post(asio::use_awaitable);
    co_return factor * 7;
}

void beside_asio()
{
    asio::io_context io;
    asio::readable_pipe pipe(io);
    asio::writable_pipe other_end(io);
    asio::connect_pipe(pipe, other_end);
    std::array<char, 4> data{};
    const auto buffer = asio::buffer(data);
    std::size_t size = 0;
    int computed = 0;
    int answer = 0;

    // Fibers beside callbacks and coroutines, all of them driven by the program's own io.run()
    weft::spawn(io, [&] {
        size = asio::async_read(pipe, buffer, weft::use_fiber); // any Asio operation, as a plain call
        answer = weft::await(ask(6));                           // a coroutine, from a fiber
    });
    asio::co_spawn(
        io,
        [&]() -> asio::awaitable<void> {
            computed = co_await weft::spawn(io, compute, asio::use_awaitable); // a fiber, from a coroutine
        },
        asio::detached);

    asio::write(other_end, asio::buffer("four", 4));
    io.run();
    require(size == 4 && computed == 6 && answer == 42);
}

// ---- doc/threads.md

void session(weft::tcp::socket peer)
{
    peer.write(asio::buffer("hello", 5));
}

int serve_on_all_cores(const weft::tcp::endpoint& address, const std::stop_token& stopping)
{
    weft::runtime workers; // a thread for each usable core
    return workers.run([&] {
        weft::tcp::runtime_acceptor acceptor(workers, address);
        weft::serve(acceptor, session, {.stop = stopping}); // on all of them
    });
}

void greet_one_client()
{
    // Takes the port, which the acceptors of the workers can share, and does not listen.
    asio::io_context io;
    asio::ip::tcp::socket holder(io, asio::ip::tcp::v4());
    const int on = 1;
    require(::setsockopt(holder.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0);
    holder.bind({asio::ip::address_v4::loopback(), 0});
    const auto address = holder.local_endpoint();

    std::stop_source stop;
    const std::jthread client([&] {
        boost::system::error_code error = asio::error::would_block;
        for (asio::ip::tcp::socket socket(io); error; std::this_thread::yield())
        {
            socket.close();
            socket.connect(address, error); // refused as long as nobody listens
            if (!error)
            {
                std::string greeting(5, '\0');
                asio::read(socket, asio::buffer(greeting));
                require(greeting == "hello");
            }
        }
        stop.request_stop();
    });
    require(serve_on_all_cores(address, stop.get_token()) == 0);
}

void compute_on_either()
{
    std::vector<asio::io_context> contexts(2);

    weft::work_team team;
    for (auto& io : contexts)
    {
        weft::scheduler::of(io).use_algorithm(std::make_unique<weft::work_stealing>(team));
    }

    int results = 0;
    for (auto& io : contexts)
    {
        weft::spawn(io, {.migratable = true}, [&results] { results += compute(); });
    }
    for (auto& io : contexts)
    {
        io.run();
    }
    require(results == 12);
}

struct equations
{
    double solution = 0;
};

void solve(equations& system)
{
    system.solution = 42;
}

void reply_when_solved(weft::pipe_end& client, equations system)
{
    {
        const weft::preemptible region(1ms); // the tick; 10 ms if nothing is said
        solve(system);                       // loses its turn anywhere in here
    }
    client.write(asio::buffer(&system.solution, sizeof system.solution));
}

void solve_for_a_client()
{
    if (!weft::preemptible::is_supported()) // not under sanitizers
    {
        return;
    }
    auto [here, there] = weft::make_pipe();
    reply_when_solved(there, {});
    require(here.available() == sizeof(double));
}

void watch(asio::io_context& io)
{
    weft::debug::watchdog dog({.limit = 100ms});
    dog.watch(weft::scheduler::of(io)); // of a runtime: each worker's
    io.run();
}

// ---- doc/debugging.md

void read_all() {}
void accept_all() {}

void name_fibers(asio::io_context& io)
{
    weft::spawn(io, {.name = "accept"}, accept_all);
    weft::spawn(io, [] {
        weft::fiber reader(weft::attributes{.name = "reader"}, read_all);
        reader.join();
    });
}

void serve()
{
    solve_for_a_client();
}

} // namespace

int main()
{
    weft::debug::install_overflow_report();  // <weft/debug/overflow.hpp>
    weft::debug::start_deadlock_detection(); // <weft/debug/deadlock.hpp>
    weft::debug::watchdog stalls;            // <weft/debug/watchdog.hpp>
    weft::run([&] {
        stalls.watch(weft::scheduler::current());
        serve();
    });
    beside_asio();
    greet_one_client();
    compute_on_either();
    asio::io_context io;
    name_fibers(io);
    watch(io);
    std::cout << "all as expected\n";
}
