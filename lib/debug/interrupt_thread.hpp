// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_DEBUG_INTERRUPT_THREAD_HPP
#define WEFT_LIB_DEBUG_INTERRUPT_THREAD_HPP

#include <chrono>

namespace weft::debug::detail
{

/// What a thread is asked to call in a signal handler, with the signal's context.
struct interruption
{
    void (*call)(interruption& self, const void* signal_context) noexcept;
};

/// Whether `interrupt_thread` can use this signal.
bool can_interrupt_with(int signal) noexcept;

/// Has a thread of this process, by its number with the kernel, make the call. False if it has not begun to within
/// `patience`, and never will. One at a time.
bool interrupt_thread(int thread, int signal, interruption& what, std::chrono::nanoseconds patience) noexcept;

} // namespace weft::debug::detail

#endif
