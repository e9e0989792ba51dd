// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_PROCESS_HPP
#define WEFT_IO_PROCESS_HPP

#include <boost/system/errc.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <sys/types.h>

namespace weft
{

/// Waits until a child process of this one has ended. It stays a zombie: whoever started it takes its exit status, which
/// does not block then. No signal handler is installed.
///
/// Blocks: the fiber, or the thread outside of fibers.
/// Cancellation: `operation_aborted`; the process is not affected. (Where the system has no descriptors for processes,
/// Linux before 5.3, a thread of the blocking pool waits, and the wait cannot be cancelled once it has begun.)
/// Errors: `no_child_process`; `timed_out` when the inherited deadline comes first.
void wait_until_ended(pid_t process, boost::system::error_code& error);
void wait_until_ended(pid_t process);

/// Waits for a `boost::process::child`, which blocks the thread of all fibers in its own `wait`, and returns its exit
/// code. Its pipes, as `boost::process::async_pipe`, take `use_fiber`:
///
///     namespace bp = boost::process;
///     bp::async_pipe to(io), from(io);
///     bp::child cat("/bin/cat", bp::std_in < to, bp::std_out > from);
///     asio::async_write(to, asio::buffer(text), weft::use_fiber);
///     to.close();
///     asio::async_read(from, asio::dynamic_buffer(answer), asio::redirect_error(weft::use_fiber, error));
///     int code = weft::wait_for_exit(cat);
///
/// Blocks, cancellation, errors: as for `wait_until_ended`.
template <class Child>
int wait_for_exit(Child& child)
{
    boost::system::error_code error;
    wait_until_ended(child.id(), error);
    if (error && error != boost::system::errc::no_child_process) // it was waited for before
    {
        throw boost::system::system_error(error, "weft::wait_for_exit");
    }
    child.wait();
    return child.exit_code();
}

} // namespace weft

#endif
