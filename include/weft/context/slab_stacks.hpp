// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_SLAB_STACKS_HPP
#define WEFT_CONTEXT_SLAB_STACKS_HPP

#include <weft/context/detail/idle_stacks.hpp>
#include <weft/context/stack.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace weft
{

/// How a `slab_stacks`, and a scheduler, supplies stacks.
struct stack_options
{
    /// Usable bytes of a stack, at least; rounded up to whole pages. A scheduler's fibers that ask for nothing get this.
    std::size_t stack_size = default_stack_size;

    /// How many idle stacks of each size keep the memory that they have touched. Beyond that a stack's pages go back to
    /// the system when it is returned, and to use it again costs a page fault for each page, a microsecond or two.
    std::size_t max_resident_idle = 1024;

    /// How many stacks may be in use at once, in a scheduler those of all sizes together.
    std::size_t max_stacks = SIZE_MAX;
};

/// Guarded stacks by the million: address space is reserved for many at a time, with a page below each that is made
/// inaccessible when the stack is first used. Where the kernel has MADV_GUARD_INSTALL (Linux 6.13), a guard costs no
/// mapping; elsewhere it is set by mprotect and costs two of `vm.max_map_count`, of which an eighth is left to the rest
/// of the process.
///
/// Stacks that come back are handed out again, the latest first, because its pages are the ones still in the
/// processor's caches. Only touched pages cost memory, and they never become huge pages.
///
/// Thread safety: one owner at a time.
class slab_stacks
{
public:
    /// Errors: `invalid_argument` for a stack of less than `minimum_stack_size()` or a size that no address space holds.
    explicit slab_stacks(const stack_options& options = {});
    explicit slab_stacks(std::size_t stack_size) : slab_stacks(stack_options{.stack_size = stack_size}) {}

    /// Leaves `other` without stacks, usable for new ones.
    slab_stacks(slab_stacks&& other) noexcept;
    slab_stacks& operator=(slab_stacks&&) = delete;

    /// Every stack must have been taken back. All memory and address space goes back to the system.
    ~slab_stacks();

    /// Errors: `boost::system::system_error` with `not_enough_memory`; where a limit of the system or `max_stacks` ended
    /// the supply, the message names it and the remedy. `std::bad_alloc`. Nothing is lost: stacks that come back are
    /// handed out again.
    /// Complexity: two pointer operations from the resident ones, one system call for a fresh one.
    stack allocate();

    /// Sets address space aside, many stacks at a time, until `count` of them can be had without another mapping; guards
    /// that need mappings are counted. What can still fail afterwards is the call that puts up a guard.
    ///
    /// Errors: as for `allocate`; `count` and the stacks in use together must not be more than `max_stacks`.
    void reserve(std::size_t count);

    /// How many stacks can be had without another mapping.
    std::size_t available() const noexcept;

    /// Takes back what `allocate` of this object returned. What was on it may be overwritten at once.
    /// Complexity: two pointer operations, or one system call when `max_resident_idle` are resident already.
    void deallocate(stack which) noexcept;

    /// Gives the ranges back to the system of which no stack is in use, but keeps what it takes for `keep` stacks to be
    /// available. Returns the address space that went back, in bytes; the memory of other idle stacks goes back as well.
    /// What is locked in memory (mlockall) stays.
    /// Complexity: linear in the idle stacks, times the logarithm of the number of ranges.
    std::size_t release_idle(std::size_t keep = 0) noexcept;

    /// Usable bytes of each stack.
    std::size_t stack_size() const noexcept
    {
        return stack_size_;
    }

    /// How many stacks are in use.
    std::size_t allocated() const noexcept
    {
        return allocated_;
    }

    /// How many idle stacks keep the memory that they have touched.
    std::size_t resident_idle() const noexcept
    {
        return warm_.count();
    }

    /// How many stacks there is address space for, in use or not.
    std::size_t capacity() const noexcept
    {
        return capacity_;
    }

private:
    struct range
    {
        std::byte* base;
        std::size_t count;  // stacks
        std::size_t carved; // of these, handed out before, lowest first
        std::size_t counted_guards;
        std::size_t idle; // without memory; only for release_idle
    };

    void add_range(std::size_t wanted);
    stack carve();
    bool cool(stack which) noexcept;
    range& range_of(const std::byte* inside) noexcept;
    void sort_and_count_idle() noexcept;
    bool unmap(const range& which) noexcept;
    [[noreturn]] void throw_at_most() const;

    std::size_t stack_size_;
    std::size_t max_resident_idle_;
    std::size_t max_stacks_;
    detail::idle_stacks warm_;
    std::vector<std::byte*> cold_; // bases of idle stacks without memory; there is room for all
    std::vector<range> ranges_;
    std::size_t next_fresh_ = 0; // the ranges before this one are carved to the end
    std::size_t capacity_ = 0;
    std::size_t allocated_ = 0;
};

/// What contexts run on that are given no allocator: stacks of `default_stack_size` from one `slab_stacks` of the
/// process. A value without state.
///
/// Thread safety: any thread; a lock is held for the length of the call.
class default_stacks
{
public:
    /// Errors: those of `slab_stacks::allocate`.
    stack allocate();
    void deallocate(stack which) noexcept;

    /// As `slab_stacks::release_idle`.
    static std::size_t release_idle() noexcept;
};

} // namespace weft

#endif
