// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/call_counts.hpp"

#include <cstdarg>
#include <cstddef>
#include <cstdlib>
#include <dlfcn.h>
#include <malloc.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

namespace weft::bench
{
namespace
{

constinit call_counts of_nobody;
constinit std::atomic<call_counts*> current{&of_nobody};

// Cheaper than an atomic addition. Two threads may lose a count to each other.
void increase(std::atomic<std::uint64_t>& count)
{
    count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void count_system_call()
{
    increase(current.load(std::memory_order_relaxed)->system_calls);
}

void count_allocation()
{
    increase(current.load(std::memory_order_relaxed)->allocations);
}

} // namespace

void count_calls_in(call_counts& where) noexcept
{
    current.store(&where, std::memory_order_relaxed);
}

} // namespace weft::bench

using weft::bench::count_allocation;
using weft::bench::count_system_call;

// The program's definition goes before that of the C library, for all shared libraries too; the latter is what comes
// next. `qualifier` is what the C library's own declaration says about exceptions.
#define WEFT_BENCH_COUNTED(result, name, parameters, qualifier, arguments)                                             \
    extern "C" result name parameters qualifier                                                                        \
    {                                                                                                                  \
        static const auto next = reinterpret_cast<result(*) parameters>(::dlsym(RTLD_NEXT, #name));                    \
        count_system_call();                                                                                           \
        return next arguments;                                                                                         \
    }
#define WEFT_BENCH_MAY_THROW

WEFT_BENCH_COUNTED(ssize_t, read, (int fd, void* to, std::size_t size), WEFT_BENCH_MAY_THROW, (fd, to, size))
WEFT_BENCH_COUNTED(ssize_t, write, (int fd, const void* from, std::size_t size), WEFT_BENCH_MAY_THROW, (fd, from, size))
WEFT_BENCH_COUNTED(ssize_t, readv, (int fd, const iovec* to, int count), WEFT_BENCH_MAY_THROW, (fd, to, count))
WEFT_BENCH_COUNTED(ssize_t, writev, (int fd, const iovec* from, int count), WEFT_BENCH_MAY_THROW, (fd, from, count))
WEFT_BENCH_COUNTED(ssize_t, recv, (int fd, void* to, std::size_t size, int flags), WEFT_BENCH_MAY_THROW,
                   (fd, to, size, flags))
WEFT_BENCH_COUNTED(ssize_t, send, (int fd, const void* from, std::size_t size, int flags), WEFT_BENCH_MAY_THROW,
                   (fd, from, size, flags))
WEFT_BENCH_COUNTED(ssize_t, recvmsg, (int fd, msghdr* to, int flags), WEFT_BENCH_MAY_THROW, (fd, to, flags))
WEFT_BENCH_COUNTED(ssize_t, sendmsg, (int fd, const msghdr* from, int flags), WEFT_BENCH_MAY_THROW, (fd, from, flags))
WEFT_BENCH_COUNTED(int, accept, (int fd, sockaddr* peer, socklen_t* size), WEFT_BENCH_MAY_THROW, (fd, peer, size))
WEFT_BENCH_COUNTED(int, accept4, (int fd, sockaddr* peer, socklen_t* size, int flags), WEFT_BENCH_MAY_THROW,
                   (fd, peer, size, flags))
WEFT_BENCH_COUNTED(int, close, (int fd), WEFT_BENCH_MAY_THROW, (fd))
WEFT_BENCH_COUNTED(int, poll, (pollfd * fds, nfds_t count, int timeout), WEFT_BENCH_MAY_THROW, (fds, count, timeout))
WEFT_BENCH_COUNTED(int, epoll_wait, (int fd, epoll_event* events, int count, int timeout), WEFT_BENCH_MAY_THROW,
                   (fd, events, count, timeout))
WEFT_BENCH_COUNTED(int, epoll_pwait, (int fd, epoll_event* events, int count, int timeout, const sigset_t* mask),
                   WEFT_BENCH_MAY_THROW, (fd, events, count, timeout, mask))
WEFT_BENCH_COUNTED(int, epoll_ctl, (int fd, int what, int which, epoll_event* event), noexcept,
                   (fd, what, which, event))
WEFT_BENCH_COUNTED(int, timerfd_settime, (int fd, int flags, const itimerspec* value, itimerspec* old), noexcept,
                   (fd, flags, value, old))
WEFT_BENCH_COUNTED(int, munmap, (void* where, std::size_t size), noexcept, (where, size))
WEFT_BENCH_COUNTED(int, mprotect, (void* where, std::size_t size, int protection), noexcept, (where, size, protection))
WEFT_BENCH_COUNTED(int, madvise, (void* where, std::size_t size, int advice), noexcept, (where, size, advice))
WEFT_BENCH_COUNTED(void*, mmap, (void* where, std::size_t size, int protection, int flags, int fd, off_t offset),
                   noexcept, (where, size, protection, flags, fd, offset))

// All arguments are words that travel in registers.
extern "C" long syscall(long number, ...) noexcept
{
    static const auto next = reinterpret_cast<long (*)(long, ...)>(::dlsym(RTLD_NEXT, "syscall"));
    count_system_call();
    std::va_list list;
    va_start(list, number);
    long words[6];
    for (auto& word : words)
    {
        word = va_arg(list, long);
    }
    va_end(list);
    return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

extern "C" int ioctl(int fd, unsigned long request, ...) noexcept
{
    static const auto next = reinterpret_cast<int (*)(int, unsigned long, ...)>(::dlsym(RTLD_NEXT, "ioctl"));
    count_system_call();
    std::va_list list;
    va_start(list, request);
    const auto argument = va_arg(list, void*);
    va_end(list);
    return next(fd, request, argument);
}

// operator new ends here as well. What is not replaced, free among it, goes with these names of the same heap.
extern "C"
{
    void* __libc_malloc(std::size_t size);
    void* __libc_calloc(std::size_t count, std::size_t size);
    void* __libc_realloc(void* old, std::size_t size);
    void* __libc_memalign(std::size_t alignment, std::size_t size);

    void* malloc(std::size_t size) noexcept
    {
        count_allocation();
        return __libc_malloc(size);
    }

    void* calloc(std::size_t count, std::size_t size) noexcept
    {
        count_allocation();
        return __libc_calloc(count, size);
    }

    void* realloc(void* old, std::size_t size) noexcept
    {
        count_allocation();
        return __libc_realloc(old, size);
    }

    void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
    {
        count_allocation();
        return __libc_memalign(alignment, size);
    }
}
