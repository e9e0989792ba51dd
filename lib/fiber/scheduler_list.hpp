// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_SCHEDULER_LIST_HPP
#define WEFT_LIB_FIBER_SCHEDULER_LIST_HPP

#include <cstdint>

namespace weft::detail
{

class fiber_record;

/// Where the debugger's script finds what: numbers of bytes from the beginning of a record, unless a member says
/// otherwise. For programs without debug information too.
struct fiber_layout
{
    std::uint64_t version; ///< of this table
    std::uint64_t has_inline_switch;
    std::uint64_t live_hook; ///< a link to the next one is there
    std::uint64_t wait;      ///< `waiter`'s word
    std::uint64_t saved_call;
    std::uint64_t has_stack; ///< a bool
    std::uint64_t timer;     ///< null: no limit
    std::uint64_t id;
    std::uint64_t spawned_at;
    std::uint64_t extras;       ///< a pointer, null for none
    std::uint64_t name_size;    ///< within the extras
    std::uint64_t name_address; ///< within the extras
};

const fiber_layout& layout_of_fibers() noexcept;

/// A scheduler of this process, for debuggers. lib/debug/weft-gdb.py knows this structure.
struct scheduler_entry
{
    scheduler_entry* next = nullptr;
    scheduler_entry* previous = nullptr;
    const void* live_fibers = nullptr; ///< the list's header, whose first word is a link to the first one's hook
    fiber_record* const* running = nullptr;
    const fiber_layout* layout = nullptr;

    scheduler_entry(const void* live, fiber_record* const* current) noexcept;
    ~scheduler_entry();
    scheduler_entry(const scheduler_entry&) = delete;
    scheduler_entry& operator=(const scheduler_entry&) = delete;
};

} // namespace weft::detail

#endif
