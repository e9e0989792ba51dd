// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// A redis client that many fibers share: each sends a command and waits for its reply, as if it were alone. What they ask
// meanwhile goes out together, and replies come back in the same order: pipelining, without anybody arranging for it. With
// a host and a port it talks to that server, without to a small one of its own.
//
//     redis_client [host port]

#include <weft/weft.hpp>

#include "redis/peer.hpp"
#include "redis/protocol.hpp"

#include <boost/asio/buffer.hpp>

#include <chrono>
#include <deque>
#include <future>
#include <initializer_list>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace redis = example::redis;

namespace
{

/// Its fibers share one thread, so it needs no lock.
class client
{
public:
    explicit client(weft::tcp::socket server) : server_(std::move(server)) {}

    /// Errors: `runtime_error` with an error of the server; `broken_promise` when the connection has ended.
    redis::value ask(std::initializer_list<std::string_view> words)
    {
        if (is_over_)
        {
            throw std::future_error(std::future_errc::broken_promise);
        }
        redis::append_command(unsent_, {words.begin(), words.size()});
        auto reply = waiting_.emplace_back().get_future();
        work_.set();
        auto result = reply.get();
        if (result.what == redis::value::kind::error)
        {
            throw std::runtime_error(result.text);
        }
        return result;
    }

    int writes() const noexcept
    {
        return writes_;
    }

private:
    void write()
    {
        for (;;)
        {
            work_.wait();
            // More may be asked while this is being written.
            const auto bytes = std::exchange(unsent_, {});
            server_.write(asio::buffer(bytes));
            ++writes_;
        }
    }
    void read()
    {
        redis::read_values(server_, [this](redis::value reply) {
            if (waiting_.empty())
            {
                throw std::runtime_error("a reply that nobody asked for");
            }
            waiting_.front().set_value(std::move(reply));
            waiting_.pop_front();
        });
    }
    void run(void (client::*direction)())
    {
        try
        {
            (this->*direction)();
        }
        catch (const std::exception& error)
        {
            if (!weft::this_fiber::cancellation_requested())
            {
                std::cerr << "redis: " << error.what() << '\n';
            }
        }
        is_over_ = true;
        waiting_.clear();
    }

    weft::tcp::socket server_;
    std::string unsent_;
    std::deque<weft::promise<redis::value>> waiting_;
    weft::auto_reset_event work_;
    int writes_ = 0;
    bool is_over_ = false;
    weft::jfiber writer_{[this] { run(&client::write); }};
    weft::jfiber reader_{[this] { run(&client::read); }};
};

void use(weft::tcp::socket connected)
{
    constexpr int fibers = 1000;
    const weft::deadline limit(30s);
    client server(std::move(connected));
    server.ask({"SET", "weft:text", "any bytes\r\n"});
    std::cout << "GET: " << server.ask({"GET", "weft:text"}).text;
    std::cout << "DEL: " << server.ask({"DEL", "weft:text", "weft:count"}).number << '\n';
    try
    {
        server.ask({"INCR"});
    }
    catch (const std::runtime_error& error)
    {
        std::cout << error.what() << '\n';
    }
    const int before = server.writes();
    {
        weft::fiber_group asking;
        for (int i = 0; i < fibers; ++i)
        {
            asking.spawn([&] { server.ask({"INCR", "weft:count"}); });
        }
    }
    std::cout << fibers << " fibers, count " << server.ask({"GET", "weft:count"}).text << ", in "
              << (server.writes() - before < fibers / 10 ? "few" : "many") << " writes\n";
    server.ask({"DEL", "weft:count"});
}

void use_own_server()
{
    weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
    const weft::jfiber server([&] { weft::serve(acceptor, redis::answer_from_memory); });
    weft::tcp::socket connected;
    connected.connect(acceptor.local_endpoint());
    use(std::move(connected));
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        return weft::run([&] { argc < 3 ? use_own_server() : use(weft::tcp::connect(argv[1], argv[2])); });
    }
    catch (const std::exception& error)
    {
        std::cerr << "redis_client: " << error.what() << '\n';
        return 1;
    }
}
