// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_OWNER_HPP
#define WEFT_SYNC_DETAIL_OWNER_HPP

#include <weft/fiber/detail/sleeper.hpp>

#include <cstdint>

namespace weft::detail
{

/// Who holds a lock: a fiber, or a thread outside of fibers. Never zero, the three lowest bits clear.
using owner_word = std::uintptr_t;

/// This thread, as if it were outside of fibers.
owner_word thread_owner() noexcept;

/// The running fiber, or this thread outside of fibers.
inline owner_word current_owner() noexcept
{
    const auto core = current_core();
    return core != nullptr ? reinterpret_cast<owner_word>(core->current) : thread_owner();
}

/// As `current_owner`, for calls that could wait: the fiber may have given way before.
WEFT_PATH_INLINE inline owner_word current_owner_in_turn() noexcept
{
    const auto core = current_core();
    if (core == nullptr)
    {
        return thread_owner();
    }
    const auto self = reinterpret_cast<owner_word>(core->current);
    core->take_turn(scheduler_core::cost_of_call);
    return self;
}

/// The one that waits, as the owner of what it will be given.
owner_word owner_of(const waiter& who) noexcept;

[[noreturn]] void throw_relock();         ///< `resource_deadlock_would_occur`
[[noreturn]] void throw_foreign_unlock(); ///< `operation_not_permitted`

/// For locks: `outcome` is that of a wait that only the tear-down of the scheduler can end. Throws then.
void throw_if_torn_down(wait_outcome outcome);

} // namespace weft::detail

#endif
