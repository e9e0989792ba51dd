// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_IO_SIGNAL_PIPE_HPP
#define WEFT_LIB_IO_SIGNAL_PIPE_HPP

#include <array>
#include <chrono>
#include <csignal>

namespace weft::detail
{

/// SIGTERM, SIGINT, SIGHUP and SIGCHLD come through a pipe as long as this is in scope, blocked or not before: for who waits
/// without an io_context, because it forks.
class signal_pipe
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Errors: those of the system; `device_or_resource_busy` while there is another one.
    signal_pipe();
    signal_pipe(const signal_pipe&) = delete;
    signal_pipe& operator=(const signal_pipe&) = delete;
    ~signal_pipe()
    {
        restore();
    }

    /// Puts everything back. For a new child, too, which must not write to the pipe of its parent.
    void restore() noexcept;

    const sigset_t& set() const noexcept
    {
        return set_;
    }

    /// Waits for a signal until then.
    void wait(time_point until) const;

    /// The next one that has come; 0 if there is none.
    int next() const;

private:
    static constexpr std::array watched{SIGTERM, SIGINT, SIGHUP, SIGCHLD};

    void close_ends() noexcept;

    std::array<int, 2> ends_{};
    std::array<struct sigaction, watched.size()> before_{};
    sigset_t set_{};
    sigset_t mask_before_{};
    bool is_restored_ = false;
};

} // namespace weft::detail

#endif
