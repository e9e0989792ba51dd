// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_INTERRUPTED_AT_HPP
#define WEFT_FIBER_DETAIL_INTERRUPTED_AT_HPP

#include <cstddef>
#include <ucontext.h>

namespace weft::detail
{

/// Where a signal has interrupted the thread; null where that is not known for this processor and system.
struct interrupted_at
{
    std::byte* stack_pointer = nullptr;
    const void* program_counter = nullptr;
};

inline interrupted_at registers_of([[maybe_unused]] const void* signal_context) noexcept
{
    interrupted_at result;
#if defined(__linux__) && defined(__x86_64__)
    const auto& registers = static_cast<const ucontext_t*>(signal_context)->uc_mcontext.gregs;
    result.stack_pointer = reinterpret_cast<std::byte*>(registers[REG_RSP]);
    result.program_counter = reinterpret_cast<const void*>(registers[REG_RIP]);
#elif defined(__linux__) && defined(__aarch64__)
    const auto& registers = static_cast<const ucontext_t*>(signal_context)->uc_mcontext;
    result.stack_pointer = reinterpret_cast<std::byte*>(registers.sp);
    result.program_counter = reinterpret_cast<const void*>(registers.pc);
#endif
    return result;
}

} // namespace weft::detail

#endif
