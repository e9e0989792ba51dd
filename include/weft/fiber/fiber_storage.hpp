// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_FIBER_STORAGE_HPP
#define WEFT_FIBER_FIBER_STORAGE_HPP

#include <weft/context/borrowed_stack.hpp>
#include <weft/context/stack.hpp>
#include <weft/fiber/attributes.hpp>
#include <weft/fiber/detail/fiber_record.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <span>

namespace weft
{

namespace detail
{
struct storage_access;
}

/// Memory of the caller's in which one fiber at a time lives: its control record, its function object, its name and its
/// stack. Such a fiber is made, runs, waits and ends without the heap and without system calls:
///
///     static weft::static_fiber_storage<64 * 1024> memory;
///     weft::fiber blinker(weft::attributes{.name = "blinker", .storage = &memory}, blink);
///
/// The record is at the beginning, the stack is the rest. There is **no guard**: an overflow overwrites first the fiber's
/// own record, then what lies before the memory, and no overflow report sees it. Use it for code whose depth is known.
///
/// The storage is in use from the creation of the fiber until nobody needs the record any more: the fiber has ended, was
/// joined or detached, and no `waker`, cancellation slot or cancellation on its way refers to it. When `join` has
/// returned, in any fiber or thread, and there are no wakers left, it is idle.
///
/// Errors: making a fiber throws `device_or_resource_busy` while the storage is in use, and `invalid_argument` if what
/// the record and the name leave is less than `minimum_stack_size()` or the `stack_size` of the attributes.
///
/// What still comes from the heap: the values of `fiber_specific_ptr`, stop sources and tokens (and so every `jfiber`), a
/// completion handler other than `detached`, exceptions; and from the scheduler, once: room for the timers of 64 waits
/// with a limit, and more when a fiber in storage starts while more fibers live than there is room for.
///
/// Thread safety: any thread.
class fiber_storage
{
public:
    /// What `static_fiber_storage` adds to the stack: enough for the record, a name of 100 characters and a function
    /// object of 256 bytes. What of these takes more is taken from the stack.
    static constexpr std::size_t record_bytes = 1024;

    /// The memory may begin and end anywhere, must stay as long as this object, and should not lie in a frame: checking
    /// tools cannot tell it from one.
    explicit fiber_storage(std::span<std::byte> memory) noexcept : memory_(memory) {}
    fiber_storage(const fiber_storage&) = delete;
    fiber_storage& operator=(const fiber_storage&) = delete;

    /// Calls `std::terminate` if the storage is in use.
    ~fiber_storage()
    {
        if (!idle())
        {
            std::terminate();
        }
    }

    /// Whether a fiber can be made in it. After a true, all that the last fiber did is visible, and the memory may be
    /// used for something else.
    bool idle() const noexcept
    {
        return !in_use_.load(std::memory_order_acquire);
    }

    /// All of it, whether in use or not.
    std::span<std::byte> memory() const noexcept
    {
        return memory_;
    }

private:
    friend struct detail::storage_access;

    const std::span<std::byte> memory_;
    std::atomic<bool> in_use_{false};
    // Of the fiber that is in it.
    std::byte* extras_ = nullptr;
    char* name_ = nullptr;
    std::span<std::byte> rest_;
    detail::loan loan_;
};

/// A `fiber_storage` and its memory, for a stack of at least `StackSize` bytes. For static storage or as a member of
/// something large; see there.
template <std::size_t StackSize>
class static_fiber_storage : public fiber_storage
{
    static_assert(StackSize >= 8 * 1024, "no fiber can run on less than minimum_stack_size(), which is 8 KiB or more");

public:
    static_fiber_storage() noexcept : fiber_storage(std::span<std::byte>(bytes_)) {}

private:
    alignas(64) std::byte bytes_[StackSize + record_bytes]; // not initialised: no page is touched before it is used
};

} // namespace weft

#endif
