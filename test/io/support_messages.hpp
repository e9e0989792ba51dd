// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_MESSAGES_HPP
#define WEFT_TEST_IO_SUPPORT_MESSAGES_HPP

#include "io/support_io.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

// Calls that send and receive messages, and what ends them.
namespace weft::test
{

inline boost::asio::const_buffer bytes(std::string_view text)
{
    return boost::asio::buffer(text);
}

template <class Socket>
std::string receive(Socket& from)
{
    std::string data(64, '\0');
    data.resize(from.receive(boost::asio::buffer(data)));
    return data;
}

inline std::array<char, 64> unused_bytes;

template <class Socket>
using call_of = std::function<error_code(Socket&)>;

template <class Socket>
error_code receive_error(Socket& idle)
{
    error_code error;
    idle.receive(boost::asio::buffer(unused_bytes), error);
    return error;
}

template <class Socket>
error_code wait_error(Socket& idle)
{
    error_code error;
    idle.wait(Socket::next_layer_type::wait_read, error);
    return error;
}

template <class Socket>
struct interrupt
{
    const char* name;
    std::function<void(Socket&, fiber&)> act;
    error_code result;
};

template <class Socket>
std::vector<interrupt<Socket>> interrupts()
{
    return {
        {"close", [](Socket& which, fiber&) { which.close(); }, boost::asio::error::operation_aborted},
        {"cancel of the socket", [](Socket& which, fiber&) { which.cancel(); }, boost::asio::error::operation_aborted},
        {"cancel of the fiber", [](Socket&, fiber& who) { who.cancel(); }, boost::asio::error::operation_aborted},
    };
}

} // namespace weft::test

#endif
