// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_RUNTIME_OPTIONS_HPP
#define WEFT_FIBER_RUNTIME_OPTIONS_HPP

#include <weft/context/slab_stacks.hpp>
#include <weft/fiber/work_stealing.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace weft
{

class manual_clock;

/// Where a runtime puts a fiber that may be anywhere.
enum class placement
{
    round_robin, ///< on the workers in turn
    least_loaded ///< where the fewest of those spawned through the runtime are left; the first of several such
};

/// Whether a runtime's ready fibers may go to another worker than theirs.
enum class work_exchange
{
    none,     ///< each worker runs its own
    stealing, ///< with `work_stealing`: who has none takes some of another's
    sharing   ///< with `work_sharing`: those that may move stand in one queue
};

/// What a `runtime` is made of, and how it ends.
struct runtime_options
{
    /// How many threads; 0 stands for `usable_cores()`. More than there are cores is allowed.
    std::size_t workers = 0;

    /// Of the threads, with the worker's number behind it: "weft-0". The system may shorten it, Linux to 15 characters.
    std::string name = "weft";

    /// Each worker stays on one processor: the first on the first that the process may use, and so on, around. Where that
    /// cannot be had, a line in the log says so.
    bool pin = false;

    /// Where a fiber goes that is spawned without a worker's number.
    weft::placement placement = placement::round_robin;

    /// The workers are a `work_team`, or not. Of at most `work_team::max_members` then: with more, the runtime's constructor
    /// throws `no_buffer_space`.
    work_exchange exchange = work_exchange::none;

    /// Which fibers may move then. What the runtime itself has put on a worker moves only if it is migratable.
    movable moves = movable::if_migratable;

    /// How long fibers may go on after `stop`, before they are cancelled.
    std::chrono::steady_clock::duration grace = std::chrono::seconds(10);

    /// How long the destructor waits for fibers that it has cancelled, before it unwinds them by force, with a report. One
    /// that neither ends nor waits cannot be unwound: the destructor waits for it.
    std::chrono::steady_clock::duration unwind_after = std::chrono::seconds(10);

    /// What each worker's fibers run on.
    stack_options stacks = {};

    /// Replaces the steady clock for the fibers' sleeps, time-outs and deadlines, not for the grace.
    manual_clock* clock = nullptr;
};

/// What a worker has done. The first three are exact at any time, the others when the worker has come to rest: while it
/// is busy they are from its last round.
struct worker_counters
{
    std::uint64_t spawned = 0;  ///< fibers started through the runtime
    std::uint64_t ended = 0;    ///< of these, whose function has ended
    std::uint64_t failed = 0;   ///< fibers and handlers that an exception has left, with nobody to join
    std::uint64_t switches = 0; ///< jumps from one context to another
    std::uint64_t rounds = 0;   ///< visits to the io_context in which fibers ran
    std::uint64_t live = 0;     ///< fibers that have not ended, however they were made
};

} // namespace weft

#endif
