// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_DEBUG_DEADLOCK_HPP
#define WEFT_DEBUG_DEADLOCK_HPP

namespace weft::debug
{

/// From now on a fiber, or a thread, that is about to wait for a lock whose owner waits for one that the caller holds,
/// directly or over others, has the circle reported through weft's logger, as one line:
///
///     deadlock: fiber a#7 waits for the lock at 0x7f… that fiber b#8 holds, which waits for the lock at 0x7f… that
///     fiber a#7 holds
///
/// as an error; or, if one of these waits can still time out or be cancelled, as a warning that begins with "deadlock
/// unless a wait ends early". A thread is called by its number with the kernel, as in gdb and `top -H`. The address is
/// that of the mutex itself. The wait goes on as it would have without.
///
/// Each circle is reported once, by the wait that closes it; one that has come undone and closes again is reported
/// again. A wait that is over counts until its fiber runs.
///
/// Seen are `mutex`, `timed_mutex`, `recursive_mutex`, `recursive_timed_mutex`, and the exclusive owners of
/// `shared_mutex` and `shared_timed_mutex`, also when a condition variable locks them again. Not seen: who shares a lock,
/// `local_mutex`, the locks of others, and waits that had begun before.
///
/// Waits for locks then take turns at one table, and each costs time logarithmic in their number for each fiber in the
/// chain. Locks that are free cost what they cost without; as long as no detection was started, waits too, but for the
/// test of a pointer.
///
/// To start it twice is to start it once.
///
/// Thread safety: any thread.
void start_deadlock_detection() noexcept;

/// Thread safety: any thread. A report may still be under way on another.
void stop_deadlock_detection() noexcept;

} // namespace weft::debug

#endif
