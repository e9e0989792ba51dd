// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_IO_SERVER_PROCESS_HPP
#define WEFT_BENCH_IO_SERVER_PROCESS_HPP

#include "harness/isolation.hpp"
#include "harness/rivals.hpp"
#include "io/call_counts.hpp"

#include <chrono>
#include <cstdint>
#include <sys/types.h>

namespace weft::bench
{

/// A server in a process of its own, on the measured core. The calling thread moves to the other one.
class server_process
{
public:
    explicit server_process(const server& serve);

    /// Kills it.
    ~server_process();
    server_process(const server_process&) = delete;
    server_process& operator=(const server_process&) = delete;

    std::uint16_t port() const noexcept
    {
        return port_;
    }

    pid_t id() const noexcept
    {
        return process_;
    }

    /// What the process has used so far, kernel included.
    std::chrono::nanoseconds processor_time() const;

    const call_counts& calls() const noexcept
    {
        return *calls_;
    }

private:
    shared_page<call_counts> calls_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

} // namespace weft::bench

#endif
