// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_IO_LOAD_CLIENT_HPP
#define WEFT_BENCH_IO_LOAD_CLIENT_HPP

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft::bench
{

/// Sends 64 bytes on each connection and sends the next ones when they have come back, as fast as that goes, on bare
/// epoll.
class load_client
{
public:
    static constexpr std::size_t message_size = 64;

    /// Connects to a port of this machine. Errors: `std::system_error`.
    load_client(std::uint16_t port, std::size_t connections);
    ~load_client();
    load_client(const load_client&) = delete;
    load_client& operator=(const load_client&) = delete;

    /// Goes on for that long, then until every message has come back, and returns how many there were.
    /// Errors: `std::runtime_error` when bytes are lost or altered, or nothing comes back for ten seconds.
    std::uint64_t run(std::chrono::nanoseconds duration);

private:
    struct connection
    {
        int descriptor = -1;
        std::size_t received = 0;
        std::array<char, message_size> message{};
    };

    void connect(connection& fresh, std::uint16_t port);
    void send(connection& which);
    bool receive(connection& which);

    int epoll_;
    std::vector<connection> connections_;
};

} // namespace weft::bench

#endif
