// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/blocking_call.hpp>
#include <weft/io/detail/io_object.hpp>
#include <weft/io/process.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
#endif

namespace weft
{
namespace
{

using boost::system::error_code;

error_code last_error() noexcept
{
    return {errno, boost::system::system_category()};
}

/// A descriptor that becomes readable when the process ends, or -1 with errno.
int open_process(pid_t process) noexcept
{
#if defined(__linux__) && defined(SYS_pidfd_open)
    return static_cast<int>(::syscall(SYS_pidfd_open, process, 0U));
#else
    static_cast<void>(process);
    errno = ENOSYS;
    return -1;
#endif
}

/// Returns whether it has ended.
bool wait_for(pid_t process, int options, error_code& error)
{
    siginfo_t which{};
    int result = 0;
    do
    {
        result = ::waitid(P_PID, static_cast<id_t>(process), &which, WEXITED | WNOWAIT | options);
    } while (result != 0 && errno == EINTR);
    error = result != 0 ? last_error() : error_code();
    return result == 0 && which.si_pid == process;
}

} // namespace

void wait_until_ended(pid_t process, error_code& error)
{
    if (!this_fiber::is_fiber())
    {
        error = detail::blocking_error();
        if (!error)
        {
            wait_for(process, 0, error);
        }
        return;
    }
    detail::begin_call(error);
    if (error || wait_for(process, WNOHANG, error) || error)
    {
        return;
    }
    const auto descriptor = open_process(process);
    if (descriptor >= 0)
    {
        boost::asio::posix::stream_descriptor watched(this_executor(), descriptor);
        watched.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                           boost::asio::redirect_error(use_fiber, error));
        return;
    }
    try
    {
        blocking_call([&] { wait_for(process, 0, error); });
    }
    catch (const boost::system::system_error& failure)
    {
        error = failure.code();
    }
}

void wait_until_ended(pid_t process)
{
    error_code error;
    wait_until_ended(process, error);
    detail::throw_error(error, "wait_until_ended");
}

} // namespace weft
