// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_LOAD_LOAD_HPP
#define WEFT_EXAMPLE_LOAD_LOAD_HPP

#include "latency_histogram.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace example
{

struct load_options
{
    boost::asio::ip::tcp::endpoint server;
    std::size_t connections = 1000;
    std::chrono::nanoseconds duration = std::chrono::seconds(5);

    /// Size of a message. A connection sends all of it before it reads the answer, so it must fit into the buffers
    /// of the sockets.
    std::size_t bytes = 64;
    static constexpr std::size_t largest_message = 65536;
};

struct load_result
{
    std::uint64_t requests = 0; ///< answered in full, with every byte as it was sent
    std::uint64_t errors = 0;   ///< connections that could not be made, broke, or brought a wrong byte
    std::string first_error;
    std::chrono::nanoseconds elapsed{}; ///< from the first request to the last answer
    latency_histogram latencies;

    double requests_per_second() const
    {
        return requests == 0 ? 0 : static_cast<double>(requests) / std::chrono::duration<double>(elapsed).count();
    }
};

/// Called in the fiber of `run_load` or beside it; an exception ends the load.
struct load_hooks
{
    std::function<void()> begin = [] {};                           ///< all are connected, the clock starts
    std::function<void(const load_result&)> second = [](auto&) {}; ///< once a second from then on
    std::function<void()> end = [] {}; ///< the last answer is there, all are still connected
};

/// Connects, lets all connections exchange messages for the given time, each message with content of its own, and
/// closes them. What goes wrong with a connection is in the result.
///
/// Blocks: the fiber; it must be one.
load_result run_load(const load_options& options, const load_hooks& hooks = {});

/// Raises the soft limit of open descriptors as far as `connections` needs it and the hard limit permits.
/// Errors: `std::runtime_error` that says what to do about it.
void allow_connections(std::size_t connections);

} // namespace example

#endif
