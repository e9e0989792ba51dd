// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_CONTEXT_STACK_SLOT_HPP
#define WEFT_LIB_CONTEXT_STACK_SLOT_HPP

// What the allocators that own their stacks have in common: where a stack lies in its pages, and the list of idle ones.
//
//     one slot
//     | guard, one page | usable, grows downwards from its top | tag |
//                       stack::base                            stack::top()

#include <weft/context/detail/idle_stacks.hpp>
#include <weft/context/stack.hpp>

#include <cstddef>

namespace weft::detail
{

/// Above the usable bytes; the stack's user never sees it. Fresh pages are zero: as long as nothing is to be noted, it
/// is not written and its page not touched.
struct stack_tag
{
    stack_tag* next;        // of the idle ones
    unsigned tool_number;   // of tools.hpp
    bool counts_as_mapping; // its guard was counted by pages.hpp
};

/// A cache line: what lies on top of the stack starts on one.
inline constexpr std::size_t stack_tag_size = 64;
static_assert(sizeof(stack_tag) <= stack_tag_size);

/// `asked` rounded up so that a stack of that many usable bytes and its tag fill whole units of `unit` bytes. Errors:
/// `invalid_argument` for less than `minimum_stack_size()` or a size that no address space can hold.
std::size_t checked_stack_size(std::size_t asked, std::size_t unit);

/// With the guard.
inline std::size_t slot_size(std::size_t stack_size) noexcept
{
    return page_size() + stack_size + stack_tag_size;
}

inline stack_tag* tag_of(stack which) noexcept
{
    return reinterpret_cast<stack_tag*>(which.top());
}

inline void idle_stacks::push(stack which) noexcept
{
    stack_tag* const tag = tag_of(which);
    tag->next = first_;
    first_ = tag;
    ++count_;
}

/// There must be one.
inline stack idle_stacks::pop(std::size_t stack_size) noexcept
{
    stack_tag* const tag = first_;
    first_ = tag->next;
    --count_;
    return {reinterpret_cast<std::byte*>(tag) - stack_size, stack_size};
}

/// Tells the tools of a stack that is handed out for the first time, or again after `retire`.
void introduce(stack which) noexcept;

/// Before the pages of a stack go.
void retire(stack which) noexcept;

} // namespace weft::detail

#endif
