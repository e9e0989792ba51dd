// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The demo's rival: the echo server of ../echo_server.cpp as one writes it with Asio's callbacks, with the same buffer,
// the same limit for silent peers and the same back-off when descriptors are short. A session allocates itself, and
// from then on nothing: Asio recycles the memory of the handlers.
//
//     callback_server [port] [--idle SECONDS]

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace
{

using clock_type = std::chrono::steady_clock;

struct counters
{
    std::uint64_t connections = 0;
    std::uint64_t bytes = 0;
};

class session : public std::enable_shared_from_this<session>
{
public:
    session(tcp::socket peer, clock_type::duration idle_limit, counters& count)
        : peer_(std::move(peer)), timer_(peer_.get_executor()), idle_limit_(idle_limit), count_(count)
    {
    }

    void start()
    {
        ++count_.connections;
        error_code ignored;
        peer_.set_option(tcp::no_delay(true), ignored);
        last_active_ = clock_type::now();
        watch(shared_from_this());
        read(shared_from_this());
    }

private:
    void read(std::shared_ptr<session> self)
    {
        peer_.async_read_some(asio::buffer(data_),
                              [this, self = std::move(self)](error_code error, std::size_t size) mutable {
                                  if (error)
                                  {
                                      close();
                                      return;
                                  }
                                  last_active_ = clock_type::now();
                                  write(std::move(self), size);
                              });
    }

    void write(std::shared_ptr<session> self, std::size_t size)
    {
        asio::async_write(peer_, asio::buffer(data_, size),
                          [this, self = std::move(self)](error_code error, std::size_t written) mutable {
                              count_.bytes += written;
                              if (error)
                              {
                                  close();
                                  return;
                              }
                              read(std::move(self));
                          });
    }

    // Armed once per limit, not once per read: arming a timer costs more than reading a clock.
    void watch(std::shared_ptr<session> self)
    {
        timer_.expires_at(last_active_ + idle_limit_);
        timer_.async_wait([this, self = std::move(self)](error_code error) mutable {
            if (error || !peer_.is_open())
            {
                return;
            }
            if (clock_type::now() >= last_active_ + idle_limit_)
            {
                close();
                return;
            }
            watch(std::move(self));
        });
    }

    // Ends what is pending, and with the last handler the session.
    void close()
    {
        error_code ignored;
        peer_.close(ignored);
        timer_.cancel();
    }

    tcp::socket peer_;
    asio::steady_timer timer_;
    clock_type::duration idle_limit_;
    clock_type::time_point last_active_;
    counters& count_;
    std::array<char, 4096> data_;
};

class server
{
public:
    server(asio::io_context& io, std::uint16_t port, clock_type::duration idle_limit)
        : acceptor_(io, {asio::ip::address_v4::loopback(), port}), retry_(io), idle_limit_(idle_limit)
    {
        std::cout << "listening on " << acceptor_.local_endpoint() << std::endl;
        accept();
    }

    const counters& count() const
    {
        return count_;
    }

private:
    void accept()
    {
        acceptor_.async_accept([this](error_code error, tcp::socket peer) {
            if (error)
            {
                retry_.expires_after(std::chrono::milliseconds(5));
                retry_.async_wait([this](error_code) { accept(); });
                return;
            }
            std::make_shared<session>(std::move(peer), idle_limit_, count_)->start();
            accept();
        });
    }

    tcp::acceptor acceptor_;
    asio::steady_timer retry_;
    clock_type::duration idle_limit_;
    counters count_;
};

} // namespace

int main(int argc, char** argv)
{
    std::uint16_t port = 0;
    double idle_seconds = 60;
    CLI::App options("TCP echo server in Asio callbacks");
    options.add_option("port", port, "where to listen on 127.0.0.1; 0 for any free port");
    options.add_option("--idle", idle_seconds, "seconds after which a silent peer is dropped")
        ->check(CLI::PositiveNumber);
    CLI11_PARSE(options, argc, argv);

    try
    {
        const std::chrono::duration<double> idle_limit(idle_seconds);
        asio::io_context io(1);
        asio::signal_set signals(io, SIGINT, SIGTERM);
        signals.async_wait([&io](error_code, int) { io.stop(); });
        server echo(io, port, std::chrono::duration_cast<clock_type::duration>(idle_limit));
        io.run();
        std::cout << "served " << echo.count().connections << " connections, " << echo.count().bytes << " bytes\n";
        return 0;
    }
    catch (const std::exception& error)
    {
        std::cerr << "callback_server: " << error.what() << '\n';
        return 1;
    }
}
