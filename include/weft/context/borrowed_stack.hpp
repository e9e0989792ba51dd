// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_BORROWED_STACK_HPP
#define WEFT_CONTEXT_BORROWED_STACK_HPP

#include <weft/context/stack.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <utility>

namespace weft
{

namespace detail
{

/// What there is to know of memory that is lent to one stack at a time.
struct loan
{
    stack where; ///< null: it is not lent
    unsigned tool_number = 0;
};

/// Errors: `invalid_argument`, `device_or_resource_busy`.
stack borrow(std::span<std::byte> memory, loan& state);
void end_loan(loan& state) noexcept;

} // namespace detail

/// Memory of the caller's as an allocator of one stack: nothing is taken from the heap and no system call is made. The
/// stack has no guard: an overflow overwrites what lies below.
///
/// The memory may begin and end anywhere; what alignment costs is taken off. It must stay until the stack is back, and
/// must not lie in a frame: checking tools cannot tell it from one.
///
/// Thread safety: one owner at a time.
class borrowed_stack
{
public:
    explicit borrowed_stack(std::span<std::byte> memory) noexcept : memory_(memory) {}
    explicit borrowed_stack(stack where) noexcept : memory_(where.base, where.size) {}

    borrowed_stack(borrowed_stack&& other) noexcept
        : memory_(std::exchange(other.memory_, {})), state_(std::exchange(other.state_, {}))
    {
    }
    borrowed_stack& operator=(borrowed_stack&&) = delete;

    /// Errors: `invalid_argument` if the memory is null or has less than `minimum_stack_size()` bytes when aligned,
    /// `device_or_resource_busy` if its stack is in use.
    stack allocate()
    {
        return detail::borrow(memory_, state_);
    }

    void deallocate(stack /*which*/) noexcept
    {
        detail::end_loan(state_);
    }

private:
    std::span<std::byte> memory_;
    detail::loan state_;
};

/// The memory of one stack, and its allocator, for static storage: all zero, so that it takes no room in the program's
/// file. As `borrowed_stack` otherwise.
///
///     static constinit weft::static_stack<64 * 1024> memory;
///     weft::fiber_context other(std::allocator_arg, memory, entry);
template <std::size_t Size>
class static_stack
{
    static_assert(Size >= 8 * 1024, "no context can run on less than minimum_stack_size(), which is 8 KiB or more");

public:
    constexpr static_stack() noexcept = default;
    static_stack(const static_stack&) = delete;
    static_stack& operator=(const static_stack&) = delete;

    /// Errors: `device_or_resource_busy` if the stack is in use, `invalid_argument` if `Size` is too small here.
    stack allocate()
    {
        return detail::borrow(memory_, state_);
    }

    void deallocate(stack /*which*/) noexcept
    {
        detail::end_loan(state_);
    }

private:
    alignas(64) std::array<std::byte, Size> memory_{};
    detail::loan state_;
};

} // namespace weft

#endif
