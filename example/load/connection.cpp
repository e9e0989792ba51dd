// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "connection.hpp"

#include <weft/fiber/deadline.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace asio = boost::asio;

namespace example
{
namespace
{

/// An answer that takes longer is lost.
constexpr std::chrono::seconds patience(10);

/// The mixing step of splitmix64: equal inputs give equal outputs, and near ones have nothing in common.
std::uint64_t mix(std::uint64_t value) noexcept
{
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

} // namespace

void connection::open(const asio::ip::tcp::endpoint& server)
{
    const weft::deadline limit(patience);
    socket_.connect(server);
    socket_.set_option(asio::ip::tcp::no_delay(true));
    exchange();
}

void connection::ping_pong(clock::time_point until, load_result& result)
{
    weft::deadline limit(patience);
    for (auto sent = clock::now(); sent < until;)
    {
        limit.expires_at(sent + patience);
        exchange();
        const auto answered = clock::now();
        result.latencies.add(answered - sent);
        ++result.requests;
        sent = answered;
    }
}

void connection::close()
{
    const weft::deadline limit(patience);
    socket_.shutdown(asio::socket_base::shutdown_send);
    if (socket_.read_some(asio::buffer(answer_)) != 0)
    {
        throw std::runtime_error("more bytes than were sent");
    }
    socket_.close();
}

void connection::exchange()
{
    write_message();
    socket_.write(asio::buffer(message_));
    asio::read(socket_, asio::buffer(answer_));
    if (answer_ != message_)
    {
        throw std::runtime_error("an altered byte");
    }
}

void connection::write_message()
{
    auto state = (std::uint64_t{number_} << 32) + ++sequence_;
    for (std::size_t at = 0; at < message_.size(); at += sizeof state)
    {
        state = mix(state + 0x9e3779b97f4a7c15);
        std::memcpy(message_.data() + at, &state, std::min(sizeof state, message_.size() - at));
    }
}

} // namespace example
