// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_DEBUG_WATCHDOG_HPP
#define WEFT_DEBUG_WATCHDOG_HPP

#include <weft/debug/spawn_site.hpp>
#include <weft/fiber/scheduler.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace weft::debug
{

/// How patient a watchdog is, and how it asks.
struct watchdog_options
{
    /// A fiber that runs for longer, or blocks its thread, without a call of weft that could wait, has stalled.
    std::chrono::nanoseconds limit = std::chrono::milliseconds(200);

    /// How often a thread of the watchdog's looks. Zero: no thread, only `check` does.
    std::chrono::nanoseconds interval = std::chrono::milliseconds(50);

    /// Interrupts a stalled thread once, to find out what it does: a system call that blocks may end with `EINTR`. Zero:
    /// no signal, and reports without fiber and backtrace.
    int signal = default_signal();

    /// A stalled scheduler in a `work_team`: has the others take the ready fibers that may move. Its other fibers, and
    /// those that are woken from outside from then on, wait until it goes on.
    bool call_others = true;

    static int default_signal() noexcept; ///< the last but one of the real-time signals
};

/// One fiber that keeps its thread, and so all fibers of its scheduler, from going on.
struct stall
{
    std::chrono::nanoseconds lasted{};   ///< so far, as far as the watchdog has seen
    int thread = 0;                      ///< its number with the kernel; zero if the stall began before the watch
    bool is_explained = false;           ///< the thread has answered: what follows is known
    std::string fiber = {};              ///< name and number, as in logs
    spawn_site site = {};                ///< where the fiber was made
    std::vector<const void*> calls = {}; ///< innermost first, at most 28 of them: the first twenty and the last eight
};

/// Name, time, spawn site and calls, for the log. Errors: `std::bad_alloc`.
std::string to_string(const stall& which);

/// What a watchdog has seen.
struct watchdog_counters
{
    std::uint64_t checks = 0;      ///< its own thread's too
    std::uint64_t stalls = 0;      ///< reported
    std::uint64_t unexplained = 0; ///< of these, without an answer of the thread
};

/// Notices fibers that run too long, and logs each once, as a warning. It sees progress in what the schedulers count
/// anyway, so that fibers pay nothing for it.
///
/// Each scheduler is watched until `forget`, or the watchdog's end. A process that was forked has no such thread; there
/// the watchdog may be destroyed, and another made.
///
/// Thread safety: any thread.
class watchdog
{
public:
    /// Errors: `invalid_argument` for a limit that is not positive, a negative interval or no signal of that number;
    /// `resource_unavailable_try_again` without a thread; `std::bad_alloc`.
    explicit watchdog(const watchdog_options& options = {});
    ~watchdog();
    watchdog(const watchdog&) = delete;
    watchdog& operator=(const watchdog&) = delete;

    /// Watching one twice is as watching it once. The watchdog keeps the scheduler, but not its executor, alive.
    void watch(const scheduler& which);
    /// The scheduler is not watched any more. One that is not watched is left alone.
    void forget(const scheduler& which) noexcept;

    /// Looks now, as its thread does, and returns the new stalls, which have been logged.
    /// Blocks: the thread, for half a second at most, until a stalled one has answered.
    std::vector<stall> check(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

    /// Since it was made. Blocks: never.
    watchdog_counters counters() const noexcept;

private:
    class state;
    std::unique_ptr<state> state_;
};

} // namespace weft::debug

#endif
