// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "interrupt_thread.hpp"

#if defined(__linux__)

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace weft::debug::detail
{
namespace
{

constexpr int signals = 65;

struct request
{
    interruption* what;
    int thread;
    std::atomic<bool> done{false};
};

constinit std::mutex one_at_a_time;
constinit std::atomic<request*> pending{nullptr};
constinit std::array<struct sigaction, signals> earlier{}; // of the signals taken, before that
constinit std::array<bool, signals> taken{};               // guarded by one_at_a_time

int this_thread_number() noexcept
{
    return static_cast<int>(::syscall(SYS_gettid));
}

void hand_on(int number, siginfo_t* info, void* context) noexcept
{
    const auto& action = earlier[static_cast<std::size_t>(number)];
    if ((action.sa_flags & SA_SIGINFO) != 0)
    {
        action.sa_sigaction(number, info, context);
    }
    else if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
    {
        action.sa_handler(number);
    }
}

void handle(int number, siginfo_t* info, void* context) noexcept
{
    const int error = errno;
    auto* asked = info->si_code == SI_TKILL && info->si_pid == ::getpid() ? pending.load() : nullptr;
    if (asked != nullptr && asked->thread == this_thread_number() && pending.compare_exchange_strong(asked, nullptr))
    {
        asked->what->call(*asked->what, context);
        asked->done.store(true); // the request is gone after this
    }
    else if (info->si_code != SI_TKILL)
    {
        hand_on(number, info, context);
    }
    errno = error;
}

void take(int number) noexcept
{
    if (std::exchange(taken[static_cast<std::size_t>(number)], true))
    {
        return;
    }
    struct sigaction mine = {};
    mine.sa_sigaction = &handle;
    mine.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
    ::sigfillset(&mine.sa_mask);
    ::sigaction(number, nullptr, &earlier[static_cast<std::size_t>(number)]);
    ::sigaction(number, &mine, nullptr);
}

} // namespace

bool can_interrupt_with(int signal) noexcept
{
    return signal > 0 && signal < signals && signal != SIGKILL && signal != SIGSTOP;
}

bool interrupt_thread(int thread, int signal, interruption& what, std::chrono::nanoseconds patience) noexcept
{
    const std::lock_guard guard(one_at_a_time);
    take(signal);
    request mine{&what, thread};
    pending.store(&mine);
    const auto until = std::chrono::steady_clock::now() + patience;
    bool is_worth_waiting = ::syscall(SYS_tgkill, ::getpid(), thread, signal) == 0;
    while (is_worth_waiting && pending.load() != nullptr)
    {
        is_worth_waiting = std::chrono::steady_clock::now() < until;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    auto* expected = &mine;
    if (pending.compare_exchange_strong(expected, nullptr))
    {
        return false;
    }
    while (!mine.done.load())
    {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

} // namespace weft::debug::detail

#else

namespace weft::debug::detail
{

bool can_interrupt_with(int /*signal*/) noexcept
{
    return true;
}

bool interrupt_thread(int /*thread*/, int /*signal*/, interruption& /*what*/,
                      std::chrono::nanoseconds /*patience*/) noexcept
{
    return false;
}

} // namespace weft::debug::detail

#endif
