// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/usable_cores.hpp>
#include <weft/io/fork.hpp>
#include <weft/io/prefork.hpp>
#include <weft/log/log.hpp>

#include "parent.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace weft
{

namespace
{

using steady = std::chrono::steady_clock;
using time_point = steady::time_point;

constexpr std::array watched{SIGTERM, SIGINT, SIGHUP, SIGCHLD};

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

[[noreturn]] void throw_last_error(const char* what)
{
    throw boost::system::system_error(errno, boost::system::system_category(), what);
}

/// The signals come through a pipe, as long as this is in scope.
class signal_pipe
{
public:
    signal_pipe()
    {
        if (::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        {
            throw_last_error("weft::prefork: pipe");
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
    signal_pipe(const signal_pipe&) = delete;
    signal_pipe& operator=(const signal_pipe&) = delete;
    ~signal_pipe()
    {
        restore();
    }

    /// Puts everything back.
    void restore() noexcept
    {
        ::sigprocmask(SIG_BLOCK, &set_, nullptr); // none in between
        for (std::size_t i = 0; i < watched.size(); ++i)
        {
            ::sigaction(watched[i], &before_[i], nullptr);
        }
        noticed.store(-1);
        close_ends();
        ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    }

    const sigset_t& set() const noexcept
    {
        return set_;
    }

    /// Waits for a signal until then.
    void wait(time_point until) const
    {
        int milliseconds = -1;
        if (until != time_point::max())
        {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady::now()).count();
            milliseconds = static_cast<int>(std::clamp<decltype(left)>(left, 0, 60'000));
        }
        pollfd end{ends_[0], POLLIN, 0};
        ::poll(&end, 1, milliseconds);
    }

    /// The next one that has come; 0 if there is none.
    int next() const
    {
        char signal = 0;
        return ::read(ends_[0], &signal, 1) == 1 ? signal : 0;
    }

private:
    void close_ends() noexcept
    {
        ::close(ends_[0]);
        ::close(ends_[1]);
    }

    std::array<int, 2> ends_{};
    std::array<struct sigaction, watched.size()> before_{};
    sigset_t set_{};
    sigset_t mask_before_{};
};

/// A place for one worker at a time.
struct place
{
    pid_t process = 0; // 0: nobody is there
    std::size_t replacement = 0;
    time_point since{};
    time_point next_try = time_point::min();
    prefork_options::duration pause{};
};

/// One that has been asked to end.
struct leaver
{
    pid_t process;
    time_point killed_at;
};

class supervisor
{
public:
    supervisor(const std::function<int(prefork_worker)>& body, const prefork_options& options)
        : body_(body), options_(options), places_(options.processes != 0 ? options.processes : usable_cores())
    {
    }

    /// Whoever is there when an exception is on its way must not stay.
    ~supervisor()
    {
        kill_all();
        for (const auto& each : leavers_)
        {
            ::waitpid(each.process, nullptr, 0);
        }
    }

    void run()
    {
        for (std::size_t i = 0; i < places_.size(); ++i)
        {
            start(i);
        }
        while (!stopping_ || !leavers_.empty())
        {
            signals_.wait(next_event());
            while (const auto signal = signals_.next())
            {
                react(signal);
            }
            reap();
            const auto now = steady::now();
            for (auto& each : leavers_)
            {
                if (each.killed_at <= now)
                {
                    WEFT_LOG_WARN("worker process {} has not ended in time and is killed", each.process);
                    ::kill(each.process, SIGKILL);
                    each.killed_at = time_point::max();
                }
            }
            for (std::size_t i = 0; i < places_.size() && !stopping_; ++i)
            {
                if (places_[i].process == 0 && places_[i].next_try <= now)
                {
                    try_to_start(i);
                }
            }
        }
    }

private:
    time_point next_event() const
    {
        auto next = time_point::max();
        for (const auto& each : leavers_)
        {
            next = std::min(next, each.killed_at);
        }
        for (const auto& each : places_)
        {
            next = each.process == 0 && !stopping_ ? std::min(next, each.next_try) : next;
        }
        return next;
    }

    void react(int signal)
    {
        switch (signal)
        {
        case SIGTERM:
        case SIGINT:
            stopping_ ? kill_all() : stop();
            break;
        case SIGHUP:
            if (!stopping_)
            {
                reload();
            }
            break;
        default: // a child has ended
            break;
        }
    }

    void stop()
    {
        stopping_ = true;
        for (auto& each : places_)
        {
            dismiss(each.process);
            each.process = 0;
        }
    }

    void kill_all() noexcept
    {
        stop();
        for (auto& each : leavers_)
        {
            ::kill(each.process, SIGKILL);
            each.killed_at = time_point::max();
        }
    }

    void reload()
    {
        WEFT_LOG_INFO("{} worker processes are replaced", places_.size());
        for (std::size_t i = 0; i < places_.size(); ++i)
        {
            // The old one goes when the new one is there, or stays.
            const auto before = places_[i].process;
            if (try_to_start(i))
            {
                dismiss(before);
            }
            else
            {
                places_[i].process = before;
            }
        }
    }

    void dismiss(pid_t process)
    {
        if (process != 0)
        {
            leavers_.push_back({process, steady::now() + options_.grace});
            ::kill(process, SIGTERM);
        }
    }

    bool try_to_start(std::size_t number)
    {
        try
        {
            start(number);
            return true;
        }
        catch (const boost::system::system_error& error)
        {
            WEFT_LOG_ERROR("a worker process could not be started: {}", error.what());
            try_later(places_[number]);
            return false;
        }
    }

    void try_later(place& here) const
    {
        here.pause = here.pause == here.pause.zero() ? options_.restart_pause
                                                     : std::min(here.pause * 2, options_.longest_restart_pause);
        here.next_try = steady::now() + here.pause;
    }

    void start(std::size_t number)
    {
        std::fflush(nullptr); // or each child writes it once more
        leavers_.reserve(leavers_.size() + places_.size());
        const auto parent = ::getpid();
        sigset_t mask;
        ::sigprocmask(SIG_BLOCK, &signals_.set(), &mask);
        pid_t child = 0;
        try
        {
            child = weft::fork({});
        }
        catch (...)
        {
            ::sigprocmask(SIG_SETMASK, &mask, nullptr);
            throw;
        }
        auto& here = places_[number];
        if (child == 0)
        {
            signals_.restore();
            detail::end_with_parent(parent);
            work({number, here.replacement});
        }
        ::sigprocmask(SIG_SETMASK, &mask, nullptr);
        here.process = child;
        here.since = steady::now();
        ++here.replacement;
    }

    [[noreturn]] void work(prefork_worker self) const noexcept
    {
        int status = 1;
        try
        {
            status = body_(self);
        }
        catch (const std::exception& error)
        {
            WEFT_LOG_CRITICAL("worker process {} has failed: {}", self.number, error.what());
        }
        catch (...)
        {
            WEFT_LOG_CRITICAL("worker process {} has failed with an unknown exception", self.number);
        }
        std::fflush(nullptr);
        ::_exit(status);
    }

    static bool has_ended(pid_t process, int& status) noexcept
    {
        return process != 0 && ::waitpid(process, &status, WNOHANG) != 0;
    }

    void reap()
    {
        int status = 0;
        std::erase_if(leavers_, [&](const leaver& each) { return has_ended(each.process, status); });
        for (std::size_t i = 0; i < places_.size(); ++i)
        {
            auto& here = places_[i];
            if (!has_ended(here.process, status))
            {
                continue;
            }
            if (WIFSIGNALED(status))
            {
                WEFT_LOG_ERROR("worker process {} was killed by signal {}", i, WTERMSIG(status));
            }
            else
            {
                WEFT_LOG_WARN("worker process {} has ended with status {}", i, WEXITSTATUS(status));
            }
            here.process = 0;
            if (steady::now() - here.since >= options_.young)
            {
                here.pause = {};
                here.next_try = time_point::min();
            }
            else
            {
                try_later(here);
            }
        }
    }

    const std::function<int(prefork_worker)>& body_;
    const prefork_options options_;
    signal_pipe signals_;
    std::vector<place> places_;
    std::vector<leaver> leavers_;
    bool stopping_ = false;
};

} // namespace

int prefork(const std::function<int(prefork_worker)>& body, const prefork_options& options)
{
    supervisor(body, options).run();
    return 0;
}

} // namespace weft
