// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/detail/send_file.hpp>

#include <boost/system/errc.hpp>

#ifdef __linux__

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <sys/sendfile.h>

namespace weft::detail
{

namespace
{

/// sendfile(2) knows no MSG_NOSIGNAL. The signal goes to the thread that calls it.
class without_sigpipe
{
public:
    without_sigpipe() noexcept
    {
        sigset_t pending;
        sigemptyset(&pending);
        ::sigpending(&pending);
        was_pending_ = sigismember(&pending, SIGPIPE) == 1;
        sigemptyset(&only_);
        sigaddset(&only_, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &only_, &before_);
    }
    without_sigpipe(const without_sigpipe&) = delete;
    without_sigpipe& operator=(const without_sigpipe&) = delete;
    ~without_sigpipe()
    {
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    void take_back() const noexcept
    {
        if (!was_pending_)
        {
            const timespec at_once{};
            ::sigtimedwait(&only_, nullptr, &at_once);
        }
    }

private:
    sigset_t only_{};
    sigset_t before_{};
    bool was_pending_ = false;
};

} // namespace

std::size_t send_file_in_kernel(int socket, int file, std::uint64_t offset, std::size_t count,
                                boost::system::error_code& error) noexcept
{
    constexpr std::size_t most = std::size_t{1} << 20U; // so that one fiber cannot keep the others waiting for long
    auto where = static_cast<off_t>(offset);
    const without_sigpipe guard;
    const auto sent = ::sendfile(socket, file, &where, std::min(count, most));
    error = {};
    if (sent < 0)
    {
        const auto number = errno;
        if (number == EPIPE)
        {
            guard.take_back();
        }
        // What EINVAL really is about, the other way finds out.
        error.assign(number == EINVAL || number == ENOSYS ? EOPNOTSUPP : number, boost::system::system_category());
        return 0;
    }
    return static_cast<std::size_t>(sent);
}

} // namespace weft::detail

#else

namespace weft::detail
{

std::size_t send_file_in_kernel(int, int, std::uint64_t, std::size_t, boost::system::error_code& error) noexcept
{
    error = make_error_code(boost::system::errc::operation_not_supported);
    return 0;
}

} // namespace weft::detail

#endif
