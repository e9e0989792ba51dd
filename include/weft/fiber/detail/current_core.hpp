// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_CURRENT_CORE_HPP
#define WEFT_FIBER_DETAIL_CURRENT_CORE_HPP

#include <cstddef> // defines __GLIBC__, where there is one

namespace weft::detail
{

class scheduler_core;

// No compiler may carry the address of a thread-local over a switch, so what reads it is opaque to them all: a call out of
// line or, where it is worth knowing how, two instructions. For these the variable has a place at a fixed distance from
// the thread pointer, also in shared libraries.
#if defined(__x86_64__) && defined(__GLIBC__)
#define WEFT_READS_THREAD_POINTER
#endif

#if defined(WEFT_READS_THREAD_POINTER)
extern "C" __attribute__((tls_model("initial-exec"))) thread_local scheduler_core* weft_running_core;
#endif

/// The scheduler whose round runs on this thread; null outside of fibers.
#if defined(WEFT_READS_THREAD_POINTER)
[[gnu::always_inline]] inline scheduler_core* current_core() noexcept
{
    scheduler_core* running = nullptr;
    asm volatile("movq weft_running_core@gottpoff(%%rip), %0\n\t"
                 "movq %%fs:(%0), %0"
                 : "=r"(running));
    return running;
}
#else
scheduler_core* current_core() noexcept;
#endif
scheduler_core* exchange_current_core(scheduler_core* core) noexcept;

} // namespace weft::detail

#endif
