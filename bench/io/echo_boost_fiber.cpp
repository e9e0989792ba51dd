// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/echo_servers.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/fiber/context.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// How many fibers have been made or woken and have not run since. Boost.Fiber's own has_ready_fibers() counts its
/// dispatcher, which is always ready. One thread.
std::size_t about_to_run = 0;

/// Puts the fiber to sleep until the handler of one operation has run. The handlers run in the thread's main fiber.
class awaited_operation
{
public:
    auto handler()
    {
        return [this](error_code error, std::size_t count = 0) {
            error_ = error;
            count_ = count;
            ++about_to_run;
            boost::fibers::context::active()->schedule(waiting_);
        };
    }

    std::size_t wait(error_code& error)
    {
        waiting_->suspend();
        --about_to_run;
        error = error_;
        return count_;
    }

private:
    boost::fibers::context* const waiting_ = boost::fibers::context::active();
    error_code error_;
    std::size_t count_ = 0;
};

template <class Body>
void start_fiber(Body body)
{
    ++about_to_run;
    boost::fibers::fiber([body = std::move(body)]() mutable {
        --about_to_run;
        body();
    }).detach();
}

void echo(tcp::socket& peer)
{
    std::array<char, echo_buffer_size> data;
    error_code error;
    while (!error)
    {
        awaited_operation reading;
        peer.async_read_some(asio::buffer(data), reading.handler());
        const auto count = reading.wait(error);
        if (!error)
        {
            awaited_operation writing;
            asio::async_write(peer, asio::buffer(data, count), writing.handler());
            writing.wait(error);
        }
    }
}

void accept_all(tcp::acceptor& acceptor)
{
    for (;;)
    {
        tcp::socket peer(acceptor.get_executor());
        awaited_operation accepting;
        acceptor.async_accept(peer, accepting.handler());
        error_code error;
        accepting.wait(error);
        if (!error)
        {
            peer.set_option(tcp::no_delay(true));
            start_fiber([peer = std::move(peer)]() mutable { echo(peer); });
        }
    }
}

} // namespace

// The main fiber drives the io_context, and sleeps there when no other fiber is ready. Simpler than the scheduling
// algorithm of Boost.Fiber's own example, and with fewer system calls.
void serve_with_boost_fiber(int listener)
{
    asio::io_context io(1);
    const auto work = asio::make_work_guard(io); // a woken fiber has not begun its next operation yet
    tcp::acceptor acceptor(io, tcp::v4(), listener);
    start_fiber([&] { accept_all(acceptor); });
    for (;;)
    {
        while (about_to_run != 0)
        {
            boost::this_fiber::yield();
        }
        io.run_one();
        io.poll();
    }
}

} // namespace weft::bench
