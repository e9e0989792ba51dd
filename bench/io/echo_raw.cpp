// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/echo_servers.hpp"
#include "io/system_calls.hpp"

#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::bench
{
namespace
{

void watch(int epoll, int descriptor)
{
    epoll_event interest{};
    interest.events = EPOLLIN; // level-triggered: no read that finds nothing
    interest.data.fd = descriptor;
    check(::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &interest), "epoll_ctl");
}

void accept_one(int epoll, int listener)
{
    const auto peer = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (peer >= 0)
    {
        const int yes = 1;
        check(::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), "setsockopt");
        watch(epoll, peer);
    }
}

void echo(int peer)
{
    std::array<char, echo_buffer_size> data;
    const auto count = ::recv(peer, data.data(), data.size(), 0);
    if (count <= 0 || ::send(peer, data.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) != count)
    {
        ::close(peer);
    }
}

} // namespace

void serve_with_raw_epoll(int listener)
{
    const auto epoll = check(::epoll_create1(0), "epoll_create1");
    watch(epoll, listener);
    std::array<epoll_event, 128> ready; // as many as Asio takes at once
    for (;;)
    {
        for (const auto& event : wait_for_events(epoll, ready, -1))
        {
            if (event.data.fd == listener)
            {
                accept_one(epoll, listener);
            }
            else
            {
                echo(event.data.fd);
            }
        }
    }
}

} // namespace weft::bench
