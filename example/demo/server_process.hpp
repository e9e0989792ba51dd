// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_EXAMPLE_DEMO_SERVER_PROCESS_HPP
#define WEFT_EXAMPLE_DEMO_SERVER_PROCESS_HPP

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace example
{

/// Lets the calling process run on this core only.
void pin_to_core(int core);

/// A child process and the reading end of its stdout. It does not outlive this object, nor this process, however that
/// ends.
class child_process
{
public:
    child_process(const std::filesystem::path& program, std::optional<int> core);
    ~child_process();
    child_process(const child_process&) = delete;
    child_process& operator=(const child_process&) = delete;

    pid_t id() const
    {
        return id_;
    }
    int output() const
    {
        return output_;
    }

    /// The status of `waitpid`, once, if it ends within that time.
    std::optional<int> wait_for(std::chrono::milliseconds time);

private:
    pid_t id_ = -1;
    int output_ = -1;
    bool ended_ = false;
};

/// An echo server as a child process, on a free port of 127.0.0.1.
///
/// Errors: `std::runtime_error` from all members, with the program's name, where the server is not what it should be.
class server_process
{
public:
    /// Starts the program, on that core only if one is given, and waits for its line "listening on 127.0.0.1:PORT".
    server_process(const std::filesystem::path& program, std::optional<int> core);

    const boost::asio::ip::tcp::endpoint& endpoint() const
    {
        return endpoint_;
    }

    /// On all of its threads, in user mode and in the kernel.
    std::chrono::nanoseconds cpu_time() const;

    /// Bytes.
    std::size_t resident_memory() const;

    /// Sends SIGTERM and waits for exit status 0.
    void stop();

private:
    std::string first_line() const;
    [[noreturn]] void fail(const std::string& what) const;

    std::string name_;
    child_process child_;
    boost::asio::ip::tcp::endpoint endpoint_;
};

} // namespace example

#endif
