// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/detail/sanitizer.hpp>
#include <weft/fiber/detail/fiber_record.hpp>
#include <weft/fiber/detail/interrupted_at.hpp>

#include "preemption.hpp"

#if defined(__linux__) && defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__))

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <mutex>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

// A timer for each thread, which signals that thread and no other. It runs by the clock on the wall: that of the thread's
// own processor time would not tick for who is kept waiting, and ticks with the kernel's, every 4 ms on many systems.
//
// The handler does not run on a signal stack: it is left for another fiber in the middle, and comes back later. Its signal
// is not blocked meanwhile (SA_NODEFER), nor is any other.

namespace weft::detail
{

namespace
{

constexpr int tick_signal = SIGURG; // ignored by default, and hardly anybody's
constexpr std::chrono::nanoseconds shortest_tick = std::chrono::microseconds(100);
constexpr int parts_to_try_again = 8;

constinit std::mutex installing;
constinit bool installed = false; // guarded by installing
constinit struct sigaction earlier = {};
constinit char mark_of_ticks = 0; // its address is in each signal of ours

void install_handler();

// ── the timer of a thread ───────────────────────────────────────────────────────────────────────────────────────────

class thread_timer
{
public:
    constexpr thread_timer() noexcept = default;
    thread_timer(const thread_timer&) = delete;
    thread_timer& operator=(const thread_timer&) = delete;

    /// Errors: `EAGAIN` when there are no more timers.
    void start(std::chrono::nanoseconds tick)
    {
        if (process_ != ::getpid())
        {
            make();
        }
        if (!running_ || tick < tick_)
        {
            tick_ = tick;
            set(tick, tick);
            running_ = true;
        }
    }

    // In the handler.
    void stop() noexcept
    {
        running_ = false;
        set({}, {});
    }

    // In the handler.
    void tick_soon() noexcept
    {
        set(tick_ / parts_to_try_again, tick_);
    }

    void remove() noexcept
    {
        if (process_ == ::getpid())
        {
            ::timer_delete(timer_);
        }
        process_ = 0;
        running_ = false;
    }

private:
    void make()
    {
        install_handler();
        sigevent wanted{};
        wanted.sigev_notify = SIGEV_THREAD_ID;
        wanted.sigev_signo = tick_signal;
        wanted.sigev_value.sival_ptr = &mark_of_ticks;
        wanted._sigev_un._tid = kernel_thread_number();
        if (::timer_create(CLOCK_MONOTONIC, &wanted, &timer_) != 0)
        {
            throw boost::system::system_error(boost::system::error_code(errno, boost::system::system_category()),
                                              "weft::preemptible: a timer for this thread");
        }
        process_ = ::getpid();
        running_ = false;
    }

    static timespec to_timespec(std::chrono::nanoseconds time) noexcept
    {
        constexpr auto second = std::chrono::nanoseconds(std::chrono::seconds(1)).count();
        return {static_cast<time_t>(time.count() / second), static_cast<long>(time.count() % second)};
    }

    void set(std::chrono::nanoseconds first, std::chrono::nanoseconds then) noexcept
    {
        const itimerspec wanted{to_timespec(then), to_timespec(first)};
        ::timer_settime(timer_, 0, &wanted, nullptr);
    }

    timer_t timer_{};
    std::chrono::nanoseconds tick_{};
    pid_t process_ = 0; // in which the timer was made: a child does not inherit it
    bool running_ = false;
};

__attribute__((tls_model("initial-exec"))) constinit thread_local thread_timer this_thread_timer;

__attribute__((noinline)) thread_timer& timer_of_this_thread() noexcept
{
    auto* found = &this_thread_timer;
    asm volatile("" : "+r"(found));
    return *found;
}

/// Ends with its thread.
struct timer_end
{
    ~timer_end()
    {
        timer_of_this_thread().remove();
    }
};

std::uint64_t first_signals(const sigset_t& set) noexcept
{
    std::uint64_t result = 0;
    std::memcpy(&result, &set, sizeof(result)); // the kernel knows no more of them
    return result;
}

/// What to count if the region must not be interrupted now; null if it may be.
std::uint64_t* obstacle_to(const preemption_region& region, const ucontext_t& context,
                           preemption_counters& counters) noexcept
{
    const auto at = registers_of(&context);
    if (!may_be_interrupted_at(region, at.program_counter))
    {
        return &counters.in_library;
    }
    const auto& memory = region.fiber->memory;
    const auto* const here = static_cast<const std::byte*>(__builtin_frame_address(0));
    if (here < memory.base || at.stack_pointer > memory.top() ||
        here - memory.base < static_cast<std::ptrdiff_t>(preemptible::stack_reserve() - signal_frame_size()))
    {
        return &counters.on_stack;
    }
    if ((first_signals(context.uc_sigmask) & ~region.blocked_signals) != 0 || any_queue_lock_held())
    {
        return &counters.in_handler;
    }
    if (region.has_allocator && is_inside_allocator())
    {
        return &counters.in_library;
    }
    return nullptr;
}

// ── the handler ─────────────────────────────────────────────────────────────────────────────────────────────────────

void tick(ucontext_t& context) noexcept
{
    auto& mine = preemption_of_this_thread();
    ++mine.counters.ticks;
    if (mine.open == 0)
    {
        timer_of_this_thread().stop();
        return;
    }
    const auto region = mine.running;
    if (region == nullptr)
    {
        mine.missed = true;
        return;
    }
    const uninterrupted meanwhile; // by the next tick
    if (const auto obstacle = obstacle_to(*region, context, mine.counters); obstacle != nullptr)
    {
        ++*obstacle;
        if (obstacle != &mine.counters.on_stack)
        {
            timer_of_this_thread().tick_soon();
        }
        return;
    }
    ++mine.counters.preemptions;
    preempt(*region);
    // Both are the thread's and not the fiber's: somebody may have changed them.
    ::pthread_sigmask(SIG_SETMASK, nullptr, &context.uc_sigmask);
    ::sigaltstack(nullptr, &context.uc_stack);
}

void hand_on(int number, siginfo_t* info, void* context) noexcept
{
    if ((earlier.sa_flags & SA_SIGINFO) != 0)
    {
        earlier.sa_sigaction(number, info, context);
    }
    else if (earlier.sa_handler != SIG_DFL && earlier.sa_handler != SIG_IGN)
    {
        earlier.sa_handler(number);
    }
}

void handle(int number, siginfo_t* info, void* context) noexcept
{
    const int error = errno;
    if (info->si_code == SI_TIMER && info->si_value.sival_ptr == &mark_of_ticks)
    {
        tick(*static_cast<ucontext_t*>(context));
    }
    else
    {
        hand_on(number, info, context);
    }
    errno = error;
}

void install_handler()
{
    const std::lock_guard guard(installing);
    struct sigaction present = {};
    ::sigaction(tick_signal, nullptr, &present);
    const bool is_somebodys = (present.sa_flags & SA_SIGINFO) != 0 || present.sa_handler != SIG_DFL;
    if (installed && is_somebodys)
    {
        return; // ours, or one that has come later and calls ours
    }
    struct sigaction mine = {};
    mine.sa_sigaction = &handle;
    mine.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
    ::sigemptyset(&mine.sa_mask);
    earlier = present;
    ::sigaction(tick_signal, &mine, nullptr);
    installed = true;
}

} // namespace

bool can_preempt() noexcept
{
#if defined(WEFT_ASAN) || defined(WEFT_TSAN)
    return false;
#else
    return true;
#endif
}

std::size_t signal_frame_size() noexcept
{
#if !defined(AT_MINSIGSTKSZ)
    constexpr unsigned long AT_MINSIGSTKSZ = 51;
#endif
    // Older kernels do not say; theirs have no state that is larger than this.
    constexpr std::size_t otherwise = 4 * 1024;
    constexpr std::size_t red_zone = 128;
    return std::max<std::size_t>(::getauxval(AT_MINSIGSTKSZ), otherwise) + red_zone;
}

int kernel_thread_number() noexcept
{
    return static_cast<int>(::syscall(SYS_gettid));
}

void start_ticks(std::chrono::nanoseconds tick)
{
    static thread_local timer_end at_end;
    static_cast<void>(at_end);
    timer_of_this_thread().start(std::max(tick, shortest_tick));
}

void describe_surroundings(preemption_region& region, const void* site)
{
    describe_code(region, site);
    sigset_t blocked;
    ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
    region.blocked_signals = first_signals(blocked);
}

} // namespace weft::detail

#else

namespace weft::detail
{

bool can_preempt() noexcept
{
    return false;
}

std::size_t signal_frame_size() noexcept
{
    return 0;
}

int kernel_thread_number() noexcept
{
    return 0;
}

void start_ticks(std::chrono::nanoseconds /*tick*/) {}

void describe_surroundings(preemption_region& /*region*/, const void* /*site*/) {}

} // namespace weft::detail

#endif
