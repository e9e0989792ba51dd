// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_SERVING_HPP
#define WEFT_TEST_IO_SUPPORT_SERVING_HPP

#include "io/support_io.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <thread>
#include <utility>

// Servers that tests run and ask.
namespace weft::test
{

inline boost::asio::const_buffer bytes(std::string_view text)
{
    return boost::asio::buffer(text);
}

/// Answers each line with the same, until the peer has no more.
inline void echo(tcp::socket peer)
{
    std::string data;
    for (;;)
    {
        error_code error;
        const auto count = peer.read_until(data, "\n", 1024, error);
        if (error == boost::asio::error::eof)
        {
            return;
        }
        weft::detail::throw_error(error, "echo");
        peer.write(boost::asio::buffer(data, count));
        data.erase(0, count);
    }
}

inline std::string ask(tcp::socket& server, const std::string& line)
{
    server.write(boost::asio::buffer(line));
    std::string answer;
    server.read_until(answer, "\n", 1024);
    return answer;
}

/// The outcome of asking: "ok", or the error.
inline std::string try_to_ask(const tcp::endpoint& where)
{
    try
    {
        tcp::socket client;
        client.connect(where);
        return ask(client, "hello\n") == "hello\n" ? "ok" : "wrong";
    }
    catch (const boost::system::system_error& error)
    {
        return error.code().message();
    }
}

struct running_server
{
    template <class Handler>
    explicit running_server(Handler handler, serve_options options = {})
        : server(std::move(options)), fiber([this, handler] { server.serve(acceptor, handler); })
    {
        this_fiber::yield();
    }

    tcp::acceptor acceptor{loopback()};
    const tcp::endpoint where = acceptor.local_endpoint();
    weft::server server;
    watched_fiber fiber;
};

/// What must always add up.
inline void check_sum(const serve_counters& all)
{
    BOOST_TEST(all.accepted == all.active + all.finished + all.failed + all.canceled + all.refused);
}

/// Lets others run until it is so.
template <class Condition>
void until(Condition condition)
{
    while (!condition())
    {
        std::this_thread::yield();
        this_fiber::yield();
    }
}

} // namespace weft::test

#endif
