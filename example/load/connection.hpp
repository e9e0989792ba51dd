// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_LOAD_CONNECTION_HPP
#define WEFT_EXAMPLE_LOAD_CONNECTION_HPP

#include <weft/io/tcp.hpp>

#include "load.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace example
{

/// One client of the load. Its calls throw `std::exception`s for whatever is not as it should be.
class connection
{
public:
    using clock = std::chrono::steady_clock;

    connection(std::uint32_t number, std::size_t bytes) : number_(number), message_(bytes), answer_(bytes) {}

    /// Connects and exchanges the first message, so that the server has really accepted.
    void open(const boost::asio::ip::tcp::endpoint& server);

    /// Exchanges messages until that time.
    void ping_pong(clock::time_point until, load_result& result);

    /// Says that nothing more will come, and makes sure that the server had nothing more to say.
    void close();

private:
    void exchange();
    void write_message();

    weft::tcp::socket socket_;
    std::uint32_t number_;
    std::uint32_t sequence_ = 0;
    std::vector<char> message_;
    std::vector<char> answer_;
};

} // namespace example

#endif
