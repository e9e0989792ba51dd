// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_UNGUARDED_HEAP_STACKS_HPP
#define WEFT_CONTEXT_UNGUARDED_HEAP_STACKS_HPP

#include <weft/context/stack.hpp>

#include <cstddef>

namespace weft
{

/// Stacks from `operator new`, without a guard: an overflow overwrites other objects of the heap and is not noticed. For
/// where the system's pages cannot be had, and for stacks whose need is known.
///
/// Thread safety: any thread.
class unguarded_heap_stacks
{
public:
    /// Stacks of at least `stack_size` usable bytes.
    ///
    /// Errors: `invalid_argument` for less than `minimum_stack_size()` or a size that no address space can hold.
    explicit unguarded_heap_stacks(std::size_t stack_size = default_stack_size);

    /// Errors: `std::bad_alloc`.
    stack allocate();
    void deallocate(stack which) noexcept;

    /// Usable bytes of each stack.
    std::size_t stack_size() const noexcept
    {
        return stack_size_;
    }

private:
    std::size_t stack_size_;
};

} // namespace weft

#endif
