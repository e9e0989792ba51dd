// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "signal_pipe.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace weft::detail
{

namespace
{

/// Where the handler writes; -1 while nobody watches.
constinit std::atomic<int> noticed{-1};

void notice(int number)
{
    const auto error = errno;
    const auto signal = static_cast<char>(number);
    // A full pipe has enough to be read already.
    static_cast<void>(::write(noticed.load(std::memory_order_relaxed), &signal, 1));
    errno = error;
}

} // namespace

signal_pipe::signal_pipe()
{
    if (::pipe(ends_.data()) != 0)
    {
        throw boost::system::system_error(errno, boost::system::system_category(), "weft::prefork: pipe");
    }
    for (const int end : ends_)
    {
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
        ::fcntl(end, F_SETFL, O_NONBLOCK);
    }
    auto nobody = -1;
    if (!noticed.compare_exchange_strong(nobody, ends_[1]))
    {
        close_ends();
        throw boost::system::system_error(make_error_code(boost::system::errc::device_or_resource_busy),
                                          "weft::prefork: called in itself");
    }
    ::sigemptyset(&set_);
    for (std::size_t i = 0; i < watched.size(); ++i)
    {
        struct sigaction action = {};
        action.sa_handler = &notice;
        action.sa_flags = SA_RESTART;
        ::sigaction(watched[i], &action, &before_[i]);
        ::sigaddset(&set_, watched[i]);
    }
    ::sigprocmask(SIG_UNBLOCK, &set_, &mask_before_);
}

void signal_pipe::restore() noexcept
{
    if (is_restored_)
    {
        return;
    }
    is_restored_ = true;
    ::sigprocmask(SIG_BLOCK, &set_, nullptr); // none in between
    for (std::size_t i = 0; i < watched.size(); ++i)
    {
        ::sigaction(watched[i], &before_[i], nullptr);
    }
    noticed.store(-1);
    close_ends();
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

void signal_pipe::wait(time_point until) const
{
    int milliseconds = -1;
    if (until != time_point::max())
    {
        const auto now = std::chrono::steady_clock::now();
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::max(until, now) - now).count();
        milliseconds = static_cast<int>(std::clamp<decltype(left)>(left, 0, 60'000));
    }
    pollfd end{ends_[0], POLLIN, 0};
    ::poll(&end, 1, milliseconds);
}

int signal_pipe::next() const
{
    char signal = 0;
    return ::read(ends_[0], &signal, 1) == 1 ? signal : 0;
}

void signal_pipe::close_ends() noexcept
{
    ::close(ends_[0]);
    ::close(ends_[1]);
}

} // namespace weft::detail
