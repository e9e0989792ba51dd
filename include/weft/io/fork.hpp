// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_FORK_HPP
#define WEFT_IO_FORK_HPP

#include <boost/asio/execution_context.hpp>

#include <functional>
#include <initializer_list>
#include <sys/types.h>

namespace weft
{

/// What `fork(2)` does, and tells Asio and weft of it: returns the child's number in the parent, and 0 in the child, where
/// the call returns too. After a bare `fork` both processes wait with the same epoll instance and the same timer, and each
/// takes events that are the other's; and a `blocking_pool` counts on threads that the child does not have.
///
/// In the child everything exists a second time. Both processes have all fibers, and each goes on with its own: a timer
/// fires once in each, two that read from one socket take turns at its data. So call it before there are other fibers (to
/// have several processes accept), or leave the child by `exec` or `_exit`. Blocking calls that a thread had begun, and
/// transfers of files that io_uring had begun, end with `operation_aborted` in the child; calls in the queue are made by
/// threads of the child's own.
///
/// For other programs there is Boost.Process; see `process.hpp`.
///
/// Blocks: never longer than the system call.
/// Errors: those of the system; the parent goes on as before then.
/// Thread safety: none: no other thread may be using the execution contexts. Threads of blocking pools do not count.
pid_t fork(std::initializer_list<std::reference_wrapper<boost::asio::execution_context>> contexts);

inline pid_t fork(boost::asio::execution_context& context)
{
    return fork({std::ref(context)});
}

/// With the execution context of the running fiber. Errors: `operation_not_permitted` outside of fibers.
pid_t fork();

} // namespace weft

#endif
