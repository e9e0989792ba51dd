// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_GUARDED_STACKS_HPP
#define WEFT_CONTEXT_GUARDED_STACKS_HPP

#include <weft/context/detail/idle_stacks.hpp>
#include <weft/context/stack.hpp>

#include <cstddef>

namespace weft
{

/// The simple way to guarded stacks: each in a mapping of its own, with an inaccessible page below, so that an overflow
/// is a fault and not a neighbour's variables. A few that come back may be kept, the others are unmapped at once. Who
/// needs many takes `slab_stacks`.
///
/// Thread safety: one owner at a time.
class guarded_stacks
{
public:
    /// Stacks of at least `stack_size` usable bytes; rounded up so that the mapping ends with a page. At most
    /// `max_cached` returned ones are kept, with the memory they have touched, and handed out again, the latest first.
    ///
    /// Errors: `invalid_argument` for less than `minimum_stack_size()` or a size that no address space can hold.
    explicit guarded_stacks(std::size_t stack_size = default_stack_size, std::size_t max_cached = 16);

    /// Leaves `other` without stacks, usable for new ones.
    guarded_stacks(guarded_stacks&& other) noexcept;
    guarded_stacks& operator=(guarded_stacks&&) = delete;

    /// Every stack must have been taken back.
    ~guarded_stacks();

    /// Errors: `boost::system::system_error` with `not_enough_memory`; where it is a limit of the system that ended the
    /// supply, the message names it and the remedy. Nothing is lost: stacks that come back are handed out again.
    /// Complexity: two pointer operations from the kept ones, else three system calls.
    stack allocate();

    /// Takes back what `allocate` of this object returned. What was on it may be overwritten at once.
    /// Complexity: two pointer operations, or one system call when `max_cached` are kept already.
    void deallocate(stack which) noexcept;

    /// Usable bytes of each stack.
    std::size_t stack_size() const noexcept
    {
        return stack_size_;
    }

    /// How many stacks are kept for reuse.
    std::size_t cached() const noexcept
    {
        return idle_.count();
    }

    /// How many stacks are in use.
    std::size_t allocated() const noexcept
    {
        return allocated_;
    }

private:
    std::size_t stack_size_;
    std::size_t max_cached_;
    detail::idle_stacks idle_;
    std::size_t allocated_ = 0;
};

} // namespace weft

#endif
