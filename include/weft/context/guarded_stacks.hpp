// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_GUARDED_STACKS_HPP
#define WEFT_CONTEXT_GUARDED_STACKS_HPP

#include <weft/context/stack.hpp>

#include <cstddef>
#include <vector>

namespace weft
{

/// Stacks with an inaccessible page below them, so that an overflow is a fault and not a neighbour's variables. Address
/// space is mapped for one, or for many at a time by `reserve`; stacks that come back are kept and handed out again, the
/// latest first, because its pages are the ones still in the processor's caches.
///
///     base of the mapping   stack::base                       stack::top()   end of the mapping
///     | guard, one page     | usable, grows downwards from its top | tag     |
///
/// The tag, 64 bytes that the stack's user never sees, links the kept stacks.
///
/// Thread safety: one owner at a time.
class guarded_stacks
{
public:
    /// Stacks of at least `stack_size` usable bytes; rounded up so that the mapping ends with a page. At most
    /// `max_cached` returned ones are kept, with the memory they have touched.
    ///
    /// Errors: `invalid_argument` for less than `minimum_stack_size()` or a size that no address space can hold.
    explicit guarded_stacks(std::size_t stack_size = default_stack_size, std::size_t max_cached = 1024);

    /// Leaves `other` without stacks, usable for new ones.
    guarded_stacks(guarded_stacks&& other) noexcept;
    guarded_stacks& operator=(guarded_stacks&&) = delete;

    /// Every stack must have been taken back.
    ~guarded_stacks();

    /// Errors: `boost::system::system_error` with `not_enough_memory`; where it is a limit of the system that ended the
    /// supply, the message names it and the remedy. Nothing is lost: stacks that come back are handed out again.
    /// Complexity: two pointer operations from the kept ones; one system call from the reserved ones; else three.
    stack allocate();

    /// Sets address space aside, many stacks at a time, until `count` of them can be had without another mapping. What
    /// can still fail afterwards is putting up a guard.
    ///
    /// Errors: as for `allocate`, and `std::bad_alloc`: the list of what is set aside is on the heap.
    void reserve(std::size_t count);

    /// How many stacks can be had without another mapping.
    std::size_t available() const noexcept
    {
        return cached_ + reserved_;
    }

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
        return cached_;
    }

    /// How many stacks are in use.
    std::size_t allocated() const noexcept
    {
        return allocated_;
    }

private:
    struct tag;

    struct reserved_range
    {
        std::byte* base;
        std::size_t count;
    };

    std::size_t slot_size() const noexcept;

    static constexpr std::size_t tag_size = 64; // a cache line: what lies on top of the stack starts on one

    stack carve();
    static tag* tag_of(stack which) noexcept;
    stack stack_of(tag* which) const noexcept;
    bool unmap(stack which) noexcept;

    std::size_t stack_size_;
    std::size_t max_cached_;
    tag* free_ = nullptr; // the latest returned first
    std::vector<reserved_range> ranges_; // of `reserved_` stacks without a guard yet
    std::size_t reserved_ = 0;
    std::size_t allocated_ = 0;
    std::size_t cached_ = 0;
};

} // namespace weft

#endif
