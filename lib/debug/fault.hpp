// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_DEBUG_FAULT_HPP
#define WEFT_LIB_DEBUG_FAULT_HPP

#include <weft/context/stack.hpp>
#include <weft/fiber/detail/fiber_record.hpp>
#include <weft/fiber/detail/interrupted_at.hpp>

#include <cstddef>

namespace weft::debug::detail
{

/// What a fault at an address means for the stacks that are known.
struct fault
{
    enum class kind
    {
        unrelated,     ///< to any stack
        overflow,      ///< of `owner`'s stack
        stray_access,  ///< to the guard of `owner`'s stack, by somebody who does not run on that stack
        unknown_stack, ///< overflow of a stack that is no fiber's and not the thread's: a generator's, a context's
        thread_stack,  ///< overflow of the thread's own stack
    };

    kind what = kind::unrelated;
    const weft::detail::fiber_record* owner = nullptr;
    const weft::detail::fiber_record* running = nullptr; ///< whose code it was; null outside of fibers
    stack memory{};                                      ///< of the stack in question, if it is known
    const std::byte* address = nullptr;
    weft::detail::interrupted_at at;
};

/// Looks through the fibers of the scheduler that runs on this thread. Safe in a signal handler.
fault classify(const void* address, const void* signal_context) noexcept;

} // namespace weft::debug::detail

#endif
