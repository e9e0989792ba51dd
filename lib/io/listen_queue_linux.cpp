// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/acceptor.hpp>

#ifdef __linux__

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace weft::detail
{

void refuse_new_connections(int descriptor) noexcept
{
    int family = 0;
    socklen_t size = sizeof(family);
    ::getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size);
    if (family == AF_UNIX)
    {
        ::shutdown(descriptor, SHUT_RD);
        return;
    }
    int protocol = 0;
    size = sizeof(protocol);
    ::getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);
    if (protocol != IPPROTO_TCP)
    {
        return;
    }
    // To shut a TCP listener down, or to close it, is to reset what is in its queue. A filter can have the segments left
    // out that begin a connection: byte 13 of the header has the flags, and 2 is SYN. The client tries again later, and
    // finds nobody.
    constexpr unsigned flags = 13;
    constexpr unsigned syn = 2;
    sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, flags),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, syn, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffffU),
    };
    const sock_fprog program{4, code};
    ::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

} // namespace weft::detail

#else

namespace weft::detail
{

void refuse_new_connections(int) noexcept {}

} // namespace weft::detail

#endif
