// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_IO_LOAD_CLIENT_HPP
#define WEFT_BENCH_IO_LOAD_CLIENT_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace weft::bench
{

/// A socket that is connected to a port of this machine, without delay. Errors: `std::system_error`.
int connect_to(std::uint16_t port);

/// From now on events of the descriptor come with this mark. Errors: `std::system_error`.
void watch(int epoll, int descriptor, void* mark);

/// For connections on which a request has been sent each: whenever `receive(mark)` says that the answer is complete, calls
/// `send(mark)`; goes on for that long, then until every answer has come, and returns how many there were.
/// Errors: `std::runtime_error` when nothing comes back for ten seconds.
std::uint64_t keep_asking(int epoll, std::uint64_t unanswered, std::chrono::nanoseconds duration,
                          const std::function<bool(void*)>& receive, const std::function<void(void*)>& send);

/// What a client says on each connection again and again, and what it makes of the answer so far: whether it is complete.
struct conversation
{
    std::string (*request)(std::size_t connection);
    /// Errors: `std::runtime_error` if it is wrong.
    bool (*is_complete)(std::string_view answer, std::string_view request);
};

/// 64 bytes, other ones on each connection, which must come back.
extern const conversation echo_conversation;

/// Sends a request on each connection and sends the next one when its answer is complete, as fast as that goes, on bare
/// epoll.
class load_client
{
public:
    /// Connects to a port of this machine. Errors: `std::system_error`.
    load_client(std::uint16_t port, std::size_t connections, const conversation& what = echo_conversation);
    ~load_client();
    load_client(const load_client&) = delete;
    load_client& operator=(const load_client&) = delete;

    /// Goes on for that long, then until every answer has come, and returns how many there were.
    /// Errors: `std::runtime_error` when one is wrong, or nothing comes back for ten seconds.
    std::uint64_t run(std::chrono::nanoseconds duration);

private:
    struct connection
    {
        int descriptor = -1;
        std::string request;
        std::string answer;
    };

    void connect(connection& fresh, std::uint16_t port);
    void send(connection& which);
    bool receive(connection& which);

    const conversation what_;
    int epoll_;
    std::vector<connection> connections_;
};

} // namespace weft::bench

#endif
