// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_STACK_HPP
#define WEFT_CONTEXT_STACK_HPP

#include <concepts>
#include <cstddef>

namespace weft
{

/// A block of memory to run on: `size` usable bytes from `base` upwards. Guard pages are not part of it. The stack
/// grows downwards from `top()`.
struct stack
{
    std::byte* base = nullptr; ///< the lowest usable byte
    std::size_t size = 0;      ///< usable bytes

    /// Where the stack begins, for it grows downwards.
    std::byte* top() const noexcept
    {
        return base + size;
    }

    explicit operator bool() const noexcept
    {
        return base != nullptr;
    }
};

/// Hands out stacks of one size and takes them back.
///
/// Errors: `allocate` throws `std::bad_alloc` or `boost::system::system_error` when there is no memory or no mapping
/// left; it never returns an empty stack. `deallocate` does not fail.
template <class Allocator>
concept native_stack_allocator = requires(Allocator& allocator, stack which) {
    { allocator.allocate() } -> std::same_as<stack>;
    { allocator.deallocate(which) } noexcept;
};

/// The same in Boost.Context's terms: `allocate()` returns a `stack_context` whose `sp` is the stack's top, and
/// `deallocate` takes that back. `fixedsize_stack`, `protected_fixedsize_stack` and `pooled_fixedsize_stack` are such.
/// The `size` of a protected one includes its guard page: let it have a page more than `minimum_stack_size()`.
template <class Allocator>
concept foreign_stack_allocator = requires(Allocator& allocator, decltype(allocator.allocate())& which) {
    { which.sp } -> std::convertible_to<void*>;
    { which.size } -> std::convertible_to<std::size_t>;
    allocator.deallocate(which);
};

/// Either of the two.
template <class Allocator>
concept stack_allocator = native_stack_allocator<Allocator> || foreign_stack_allocator<Allocator>;

/// The smallest stack that anything can run on here, in bytes: what the system asks for a signal's frame and a little
/// more (the value of `MINSIGSTKSZ` at run time, at least 8 KiB).
std::size_t minimum_stack_size() noexcept;

/// What a fiber gets that asks for nothing: 256 KiB of address space, of which only touched pages cost memory.
inline constexpr std::size_t default_stack_size = 256 * 1024;

/// The unit in which stacks are rounded up, in bytes.
std::size_t page_size() noexcept;

} // namespace weft

#endif
