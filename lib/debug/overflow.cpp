// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/debug/overflow.hpp>
#include <weft/fiber/detail/observation.hpp>

#include "fault.hpp"
#include "overflow_text.hpp"
#include "thread_cover.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <sched.h>
#include <ucontext.h>

// Sanitizers that bring a handler of their own.
// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): their names
extern "C"
{
    __attribute__((weak)) void __asan_init();
    __attribute__((weak)) void __hwasan_init();
    __attribute__((weak)) void __msan_init();
    __attribute__((weak)) void __tsan_init();
}
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

namespace weft::debug
{
namespace
{

/// A signal that an overflow raises, and what the program did about it before.
struct taken_signal
{
    int number;
    struct sigaction earlier = {};
    std::atomic<bool> earlier_is_spent{false}; // SA_RESETHAND: it was called and is the default now
    bool installed = false;                    // perhaps below a later handler; guarded by mutex
};

constinit std::mutex mutex;
constinit std::array<taken_signal, 2> signals{taken_signal{.number = SIGSEGV}, taken_signal{.number = SIGBUS}};
constinit std::atomic<bool> reporting{false};

/// Where an earlier handler has returned to after a report. If it has not mended anything, the same instruction faults
/// again, and again: that is no news. A handler that jumps out instead may see the next overflow reported.
constinit std::atomic<const void*> returned_to_address{nullptr};
constinit std::atomic<const void*> returned_to_stack{nullptr};

bool has_sanitizer() noexcept
{
    return &__asan_init != nullptr || &__hwasan_init != nullptr || &__msan_init != nullptr || &__tsan_init != nullptr;
}

/// One report at a time.
class report_lock
{
public:
    report_lock() noexcept
    {
        while (taken_.exchange(true, std::memory_order_acquire))
        {
            ::sched_yield();
        }
    }
    report_lock(const report_lock&) = delete;
    report_lock& operator=(const report_lock&) = delete;
    ~report_lock()
    {
        taken_.store(false, std::memory_order_release);
    }

private:
    static constinit inline std::atomic<bool> taken_{false};
};

bool is_from_kernel(const siginfo_t& info) noexcept
{
    return info.si_code > 0;
}

/// The instruction that has faulted is executed again when the handler returns, and then that is the end, with the
/// program's state as it was: a core file shows the overflow, not the handler.
void act_by_default(const taken_signal& which, const siginfo_t& info) noexcept
{
    struct sigaction action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(which.number, &action, nullptr);
    if (!is_from_kernel(info))
    {
        ::raise(which.number); // blocked until the handler has returned
    }
}

/// What the kernel would have done if that handler had been called by it.
void call_earlier(const taken_signal& which, siginfo_t& info, void* context) noexcept
{
    const struct sigaction& action = which.earlier;
    sigset_t mask;
    ::sigemptyset(&mask);
    const sigset_t& interrupted = static_cast<const ucontext_t*>(context)->uc_sigmask;
    constexpr int last_signal = 64; // what the kernel has written of that set
    for (int number = 1; number <= last_signal; ++number)
    {
        if (::sigismember(&interrupted, number) == 1 || ::sigismember(&action.sa_mask, number) == 1 ||
            (number == which.number && (action.sa_flags & SA_NODEFER) == 0))
        {
            ::sigaddset(&mask, number);
        }
    }
    sigset_t before;
    ::pthread_sigmask(SIG_SETMASK, &mask, &before);
    if ((action.sa_flags & SA_SIGINFO) != 0)
    {
        action.sa_sigaction(which.number, &info, context);
    }
    else
    {
        action.sa_handler(which.number);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

bool is_function(const struct sigaction& action) noexcept
{
    return (action.sa_flags & SA_SIGINFO) != 0 || (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

void hand_on(taken_signal& which, siginfo_t& info, void* context) noexcept
{
    if (is_function(which.earlier))
    {
        const bool once = (which.earlier.sa_flags & static_cast<int>(SA_RESETHAND)) != 0;
        if (!once || !which.earlier_is_spent.exchange(true))
        {
            call_earlier(which, info, context);
            return;
        }
    }
    // The kernel does not let a fault of its own finding be ignored.
    else if (which.earlier.sa_handler == SIG_IGN && !is_from_kernel(info))
    {
        return;
    }
    act_by_default(which, info);
}

bool has_returned_to(const detail::fault& seen) noexcept
{
    return returned_to_address.load(std::memory_order_relaxed) == seen.address &&
           returned_to_stack.load(std::memory_order_relaxed) == seen.at.stack_pointer;
}

void handle(int number, siginfo_t* info, void* context) noexcept
{
    const int error = errno;
    detail::fault seen;
    if (reporting.load(std::memory_order_relaxed) && is_from_kernel(*info))
    {
        seen = detail::classify(info->si_addr, context);
        if (seen.what != detail::fault::kind::unrelated && !has_returned_to(seen))
        {
            const report_lock lock;
            detail::write_report(seen);
        }
    }
    for (auto& which : signals)
    {
        if (which.number == number)
        {
            hand_on(which, *info, context);
        }
    }
    returned_to_address.store(seen.address, std::memory_order_relaxed);
    returned_to_stack.store(seen.at.stack_pointer, std::memory_order_relaxed);
    errno = error;
}

bool is_ours(const struct sigaction& action) noexcept
{
    return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == &handle;
}

void take(taken_signal& which) noexcept
{
    if (which.installed)
    {
        return; // perhaps below a later handler: to go on top of that would make a circle
    }
    ::sigaction(which.number, nullptr, &which.earlier);
    which.earlier_is_spent.store(false);
    struct sigaction mine = {};
    mine.sa_sigaction = &handle;
    mine.sa_flags = SA_SIGINFO | SA_ONSTACK;
    ::sigfillset(&mine.sa_mask);
    ::sigaction(which.number, &mine, nullptr);
    which.installed = true;
}

void give_back(taken_signal& which) noexcept
{
    struct sigaction now = {};
    ::sigaction(which.number, nullptr, &now);
    if (!which.installed || !is_ours(now))
    {
        return;
    }
    if (which.earlier_is_spent.load())
    {
        which.earlier = {};
        which.earlier.sa_handler = SIG_DFL;
    }
    ::sigaction(which.number, &which.earlier, nullptr);
    which.installed = false;
}

} // namespace

bool install_overflow_report()
{
    if (has_sanitizer())
    {
        return false;
    }
    detail::cover_thread();
    detail::prepare_report();
    const std::lock_guard lock(mutex);
    for (auto& which : signals)
    {
        take(which);
    }
    weft::detail::told.round_begins.store(&detail::try_cover_thread, std::memory_order_release);
    reporting.store(true, std::memory_order_relaxed);
    return true;
}

void remove_overflow_report() noexcept
{
    const std::lock_guard lock(mutex);
    reporting.store(false, std::memory_order_relaxed);
    weft::detail::told.round_begins.store(nullptr, std::memory_order_release);
    for (auto& which : signals)
    {
        give_back(which);
    }
}

bool overflow_report_installed() noexcept
{
    return reporting.load(std::memory_order_relaxed);
}

void cover_this_thread()
{
    detail::cover_thread();
}

} // namespace weft::debug
