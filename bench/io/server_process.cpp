// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/server_process.hpp"

#include "io/system_calls.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <ctime>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace weft::bench
{

server_process::server_process(const server& serve)
{
    const auto listener = check(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const auto generic = reinterpret_cast<sockaddr*>(&address);
    check(::bind(listener, generic, size), "bind");
    check(::listen(listener, SOMAXCONN), "listen");
    check(::getsockname(listener, generic, &size), "getsockname");
    port_ = ntohs(address.sin_port);

    process_ = fork_child([&] {
        pin_to_core(core_role::measured);
        count_calls_in(*calls_);
        serve(listener);
    });
    ::close(listener);
    pin_to_core(core_role::peer);
}

server_process::~server_process()
{
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
}

std::chrono::nanoseconds server_process::processor_time() const
{
    clockid_t clock = 0;
    timespec time{};
    if (const int error = ::clock_getcpuclockid(process_, &clock); error != 0)
    {
        throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
    }
    check(::clock_gettime(clock, &time), "clock_gettime");
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

} // namespace weft::bench
