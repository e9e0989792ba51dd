// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_PREEMPTION_HPP
#define WEFT_LIB_FIBER_PREEMPTION_HPP

#include <weft/fiber/preemptible.hpp>

#include <utility>

namespace weft::detail
{

/// What preemption keeps for each thread.
struct preemption_thread
{
    preemption_region* running = nullptr; ///< whose code runs now, and may be interrupted: the one word that says so
    bool missed = false;                  ///< a tick, for that being null
    unsigned open = 0;                    ///< regions of this thread, running or not
    preemption_counters counters;
    code_range code; ///< of the latest region
    bool code_has_allocator = false;
};

/// Out of line for the reason that `current_core` is. Safe in a signal handler.
preemption_thread& preemption_of_this_thread() noexcept;

/// While this lives, the thread's region is not interrupted: for what locks on its behalf.
class uninterrupted
{
public:
    uninterrupted() noexcept : thread_(preemption_of_this_thread()), region_(std::exchange(thread_.running, nullptr))
    {
        asm volatile("" ::: "memory");
    }
    uninterrupted(const uninterrupted&) = delete;
    uninterrupted& operator=(const uninterrupted&) = delete;
    ~uninterrupted()
    {
        asm volatile("" ::: "memory");
        thread_.running = region_;
    }

private:
    preemption_thread& thread_;
    preemption_region* const region_;
};

/// Ends the fiber's turn; returns in its next one. Called by the signal handler, on the fiber's stack, while the region
/// does not count as running.
void preempt(preemption_region& region) noexcept;

/// Whether a spin lock of weft's is held, by whomever.
bool any_queue_lock_held() noexcept;

// ── what depends on the system ──

/// Which code around `site` may be interrupted. The region knows its thread.
void describe_code(preemption_region& region, const void* site) noexcept;

bool may_be_interrupted_at(const preemption_region& region, const void* program_counter) noexcept;

/// Asks the unwinder, from the frame that calls this. A program may bring its allocator with it, or have all libraries
/// linked in: then the address of the interrupted instruction does not say enough.
bool is_inside_allocator() noexcept;

/// The number of this thread; zero where there is none. Not kept, because in a forked child it is another.
int kernel_thread_number() noexcept;

bool can_preempt() noexcept;
std::size_t signal_frame_size() noexcept;

/// Lets the timer of this thread tick. Errors: as for `preemptible`.
void start_ticks(std::chrono::nanoseconds tick);

/// Where code around `site` may be interrupted, and with which signals blocked. The region knows its thread.
void describe_surroundings(preemption_region& region, const void* site);

} // namespace weft::detail

#endif
