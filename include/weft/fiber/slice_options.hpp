// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_SLICE_OPTIONS_HPP
#define WEFT_FIBER_SLICE_OPTIONS_HPP

#include <chrono>

namespace weft
{

/// How long the fibers of a scheduler may run before other handlers of its executor get their turn, and how long one of
/// them before the others do.
///
/// A call of weft that could wait ends the turn of its fiber, also if it need not wait, when the slice is over: it is
/// over after so many switches or calls, and, if it has a length, after that time. `try_` functions, and those said never
/// to block, do not. A fiber that makes no such call keeps its thread: see `preemptible`, and `debug::watchdog`.
struct slice_options
{
    /// Switches between fibers that a round may make. It may also see sixteen times as many calls that need not wait, of
    /// which one that calls the system (a write to a socket that has room, a read from the page cache) counts sixteen.
    int switches = 256;

    /// Zero: no limit in time, and no thread. Otherwise a thread of the scheduler's own ticks at about this interval
    /// while there is something to do; a round that has lasted for a tick or two ends at the next call that could wait.
    /// A process that was forked has no such thread, unless its length is set once more.
    std::chrono::nanoseconds length{0};
};

} // namespace weft

#endif
