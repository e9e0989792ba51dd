// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/load_client.hpp"

#include "io/system_calls.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::bench
{
namespace
{

constexpr int patience_milliseconds = 10'000;

std::string message_of(std::size_t connection)
{
    std::string message(64, '\0');
    for (std::size_t byte = 0; byte < message.size(); ++byte)
    {
        message[byte] = static_cast<char>('!' + (connection * 7 + byte) % 90);
    }
    return message;
}

bool is_same(std::string_view answer, std::string_view request)
{
    if (answer != request.substr(0, answer.size()))
    {
        throw std::runtime_error("the server has altered bytes");
    }
    return answer.size() == request.size();
}

} // namespace

int connect_to(std::uint16_t port)
{
    const auto descriptor = check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
    const int yes = 1;
    check(::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes), "setsockopt");
    return descriptor;
}

void watch(int epoll, int descriptor, void* mark)
{
    epoll_event interest{};
    interest.events = EPOLLIN;
    interest.data.ptr = mark;
    check(::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &interest), "epoll_ctl");
}

std::uint64_t keep_asking(int epoll, std::uint64_t unanswered, std::chrono::nanoseconds duration,
                          const std::function<bool(void*)>& receive, const std::function<void(void*)>& send)
{
    const auto end = std::chrono::steady_clock::now() + duration;
    auto sent = unanswered;
    std::array<epoll_event, 256> ready;
    while (unanswered != 0)
    {
        const auto events = wait_for_events(epoll, ready, patience_milliseconds);
        if (events.empty())
        {
            throw std::runtime_error("the server does not answer");
        }
        const auto goes_on = std::chrono::steady_clock::now() < end;
        for (const auto& event : events)
        {
            if (!receive(event.data.ptr))
            {
                continue;
            }
            if (goes_on)
            {
                send(event.data.ptr);
                ++sent;
            }
            else
            {
                --unanswered;
            }
        }
    }
    return sent;
}

const conversation echo_conversation{message_of, is_same};

load_client::load_client(std::uint16_t port, std::size_t connections, const conversation& what)
    : what_(what), epoll_(check(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")), connections_(connections)
{
    for (std::size_t i = 0; i < connections; ++i)
    {
        connections_[i].request = what.request(i);
        connect(connections_[i], port);
    }
}

load_client::~load_client()
{
    for (const auto& each : connections_)
    {
        if (each.descriptor >= 0)
        {
            ::close(each.descriptor);
        }
    }
    ::close(epoll_);
}

void load_client::connect(connection& fresh, std::uint16_t port)
{
    fresh.descriptor = connect_to(port);
    watch(epoll_, fresh.descriptor, &fresh);
}

void load_client::send(connection& which)
{
    const auto sent = ::send(which.descriptor, which.request.data(), which.request.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(which.request.size()))
    {
        throw std::runtime_error("the server does not take a request");
    }
}

// True when a whole answer has come.
bool load_client::receive(connection& which)
{
    std::array<char, 1024> part;
    const auto count = ::recv(which.descriptor, part.data(), part.size(), MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN)
    {
        return false;
    }
    if (count <= 0)
    {
        throw std::runtime_error("the server has closed a connection");
    }
    which.answer.append(part.data(), static_cast<std::size_t>(count));
    if (!what_.is_complete(which.answer, which.request))
    {
        return false;
    }
    which.answer.clear();
    return true;
}

std::uint64_t load_client::run(std::chrono::nanoseconds duration)
{
    for (auto& each : connections_)
    {
        send(each);
    }
    return keep_asking(
        epoll_, connections_.size(), duration,
        [this](void* which) { return receive(*static_cast<connection*>(which)); },
        [this](void* which) { send(*static_cast<connection*>(which)); });
}

} // namespace weft::bench
