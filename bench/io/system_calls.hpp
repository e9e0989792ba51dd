// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_IO_SYSTEM_CALLS_HPP
#define WEFT_BENCH_IO_SYSTEM_CALLS_HPP

#include <cerrno>
#include <cstddef>
#include <span>
#include <sys/epoll.h>
#include <system_error>

namespace weft::bench
{

/// The result of a system call, or an exception if it has failed.
inline int check(int result, const char* what)
{
    if (result < 0)
    {
        throw std::system_error(errno, std::generic_category(), what);
    }
    return result;
}

/// `epoll_wait`, also when a debugger or a stopped terminal interrupts it. The part of `to` that was filled.
inline std::span<epoll_event> wait_for_events(int epoll, std::span<epoll_event> to, int timeout_milliseconds)
{
    int count = 0;
    do
    {
        count = ::epoll_wait(epoll, to.data(), static_cast<int>(to.size()), timeout_milliseconds);
    } while (count < 0 && errno == EINTR);
    return to.first(static_cast<std::size_t>(check(count, "epoll_wait")));
}

} // namespace weft::bench

#endif
