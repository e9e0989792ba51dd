// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_PREEMPTIBLE_HPP
#define WEFT_FIBER_PREEMPTIBLE_HPP

#include <weft/fiber/detail/spawn_site.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace weft
{

namespace detail
{

class fiber_record;
class scheduler_core;
struct preemption_thread;

/// Addresses of machine code.
struct code_range
{
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;

    bool contains(std::uintptr_t address) const noexcept
    {
        return address - begin < end - begin;
    }
};

/// A region that is open; lies on the fiber's stack.
struct preemption_region
{
    scheduler_core* core = nullptr; ///< null: an inner one, or outside of fibers
    fiber_record* fiber = nullptr;
    preemption_thread* thread = nullptr; ///< on which it was opened, and which it does not leave
    code_range code;                     ///< in which it may be interrupted
    std::uint64_t blocked_signals = 0;   ///< when it was opened
    bool has_allocator = false;          ///< `code` has the functions that manage memory
};

void open_region(preemption_region& region, const void* site, std::chrono::nanoseconds tick);
void close_region(preemption_region& region) noexcept;

/// Null if no region is open, or it is blocked already.
preemption_region* block_preemption() noexcept;
void unblock_preemption(preemption_region& region) noexcept;

} // namespace detail

/// While one lives, in the scope that made it, the fiber computes and may lose the processor at any instruction: at each
/// tick of a timer the scheduler's other fibers, and the other handlers of its executor, get their turn. For the
/// calculation that never waits beside fibers that must not wait for it:
///
///     {
///         weft::preemptible region;
///         solve(system);
///     }
///     reply.write(system.solution);
///
/// Inside, the program computes, allocates, throws and catches. As in `on_thread_stack`, the fiber cannot wait there: what
/// would (a contended lock, a sleep, an operation) throws `operation_not_permitted` or says so in its `error_code`;
/// `this_fiber::cancellation_requested` and `get_id` answer for the fiber. Because the turn may end anywhere, data that is
/// shared with other fibers of the scheduler needs care as between threads (atomics, or a `preemption_blocker` around it),
/// and none of these may be in progress when it ends, so each of them needs a `preemption_blocker` too:
///
/// - a lock of the thread's (`std::mutex`) held, a static variable of a function being initialised, a `std::call_once`;
/// - a call of Asio, of a logger, or of weft, other than those that never block;
/// - a callback out of another library, such as a comparison for `qsort` or a visitor of `dl_iterate_phdr`.
///
/// The turn ends only where the code is that of the program or library that opened the region, or the mathematical
/// library's; never inside the C library, its allocator, the C++ runtime or the dynamic linker, nor where a function of
/// the allocator has been called and has not returned. What was computed then goes on, on the same thread.
///
/// Costs two or three system calls, and per tick some microseconds. An inner one, and one outside of fibers, does nothing.
///
/// Linux on x86-64 and aarch64 with glibc. It takes `SIGURG` over, and hands on those that are not its own;
/// one that comes while a tick is pending is lost with that, as the system keeps one of a kind.
class preemptible
{
public:
    /// Of a region that asks for none. Ticks shorter than 100 microseconds are as long as that.
    static constexpr std::chrono::milliseconds default_tick{10};

    /// Errors: `operation_not_supported` under AddressSanitizer and ThreadSanitizer, and where it is not implemented;
    /// `invalid_argument` for a tick that is not positive; `not_enough_memory` if less than `stack_reserve()` is left of
    /// the stack; `resource_unavailable_try_again` without a timer for this thread (their number is limited as that of
    /// queued signals is, `ulimit -i`). Nothing has changed then.
    WEFT_SITE_INLINE explicit preemptible(std::chrono::nanoseconds tick = default_tick)
    {
        detail::open_region(region_, detail::here(), tick);
    }
    preemptible(const preemptible&) = delete;
    preemptible& operator=(const preemptible&) = delete;
    ~preemptible()
    {
        detail::close_region(region_);
    }

    /// Whether a region can be opened in this program.
    static bool is_supported() noexcept;

    /// Bytes of stack that an interruption may take, the processor's state among them: to be added to what the
    /// calculation needs.
    static std::size_t stack_reserve() noexcept;

private:
    detail::preemption_region region_;
};

/// Inside of a `preemptible` scope: the fiber is an ordinary one as long as this lives. It keeps the processor, may wait,
/// and gives up its turn at the end if a tick has come. Elsewhere it does nothing.
class preemption_blocker
{
public:
    preemption_blocker() noexcept : region_(detail::block_preemption()) {}
    preemption_blocker(const preemption_blocker&) = delete;
    preemption_blocker& operator=(const preemption_blocker&) = delete;
    ~preemption_blocker()
    {
        if (region_ != nullptr)
        {
            detail::unblock_preemption(*region_);
        }
    }

private:
    detail::preemption_region* const region_;
};

/// What has become of the ticks on the calling thread.
struct preemption_counters
{
    std::uint64_t ticks = 0;       ///< that this thread was sent
    std::uint64_t preemptions = 0; ///< turns that ended
    std::uint64_t in_library = 0;  ///< not so because of where the code was: tried again after an eighth of a tick
    std::uint64_t on_stack = 0;    ///< not so because too little of the stack was left, or it was not the fiber's
    std::uint64_t in_handler = 0;  ///< not so because a signal handler was running, or a lock of weft's was held
};

/// Since the thread began. Blocks: never.
preemption_counters this_thread_preemptions() noexcept;

} // namespace weft

#endif
