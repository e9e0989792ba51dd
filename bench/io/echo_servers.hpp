// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_IO_ECHO_SERVERS_HPP
#define WEFT_BENCH_IO_ECHO_SERVERS_HPP

#include "io/request_cases.hpp"

#include <boost/asio/detail/config.hpp>

#include <cstddef>
#include <vector>

// The same server on each system, on one thread, written as its users would: what comes is sent back, without Nagle's
// delay. `listener` is a listening socket in non-blocking mode.

namespace weft::bench
{

inline constexpr std::size_t echo_buffer_size = 4096;

void serve_with_weft(int listener);
void serve_with_raw_epoll(int listener);
void serve_with_boost_fiber(int listener);
void serve_with_asio_callbacks(int listener);
void serve_with_asio_spawn(int listener);
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
void serve_with_asio_awaitable(int listener);
#endif

/// All of them.
std::vector<named_server> echo_servers();

} // namespace weft::bench

#endif
