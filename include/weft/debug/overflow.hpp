// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_DEBUG_OVERFLOW_HPP
#define WEFT_DEBUG_OVERFLOW_HPP

namespace weft::debug
{

/// From now on a fiber that overflows its stack says so on stderr before the program dies, once: its name and number,
/// where it was made, the size of its stack, how much of that was in use, and a backtrace. One line at the beginning of
/// `main` does it:
///
///     weft::debug::install_overflow_report();
///
/// It is a handler for SIGSEGV and SIGBUS on a signal stack of its own, which this thread gets now and every other thread
/// when it first runs fibers. Only faults at the guard of a stack are reported; these and all others go on to the handler
/// that was there before, under the mask and the flags that it was installed with. If that is none, the program dies by
/// the signal, as without the report. The report is written with `write`, not through the logger, which takes locks and
/// memory that the overflow may have interrupted in use.
///
/// Returns false, having done nothing, in a program under a sanitizer: that has a handler, and a report, of its own. To
/// install it twice is to install it once.
///
/// Errors: `boost::system::system_error` if there is no memory for this thread's signal stack; nothing has changed then.
/// Thread safety: any thread.
bool install_overflow_report();

/// Puts the earlier handlers back. If another handler has been installed meanwhile, which will call this one, only the
/// report ends. Signal stacks stay until their threads end.
///
/// Thread safety: any thread.
void remove_overflow_report() noexcept;

/// Whether the report is on. Thread safety: any thread.
bool overflow_report_installed() noexcept;

/// Gives the calling thread a signal stack without waiting for it to run fibers: for one that has only generators or
/// contexts. Errors: as for `install_overflow_report`.
void cover_this_thread();

} // namespace weft::debug

#endif
