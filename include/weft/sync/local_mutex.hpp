// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_LOCAL_MUTEX_HPP
#define WEFT_SYNC_LOCAL_MUTEX_HPP

#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/owner.hpp>

namespace weft
{

/// A `mutex` for the fibers of one scheduler, the one of whoever locks it first. Costs no atomic operation. Order and
/// destruction: as for `mutex`.
///
/// Only data that is touched on both sides of a wait needs it: between two waits a fiber has its scheduler to itself.
///
/// Thread safety: only fibers of that scheduler. Without NDEBUG, each call from elsewhere throws `operation_not_permitted`
/// and changes nothing; with it, the behaviour is undefined.
class local_mutex
{
public:
    local_mutex() noexcept = default;
    local_mutex(const local_mutex&) = delete;
    local_mutex& operator=(const local_mutex&) = delete;

    /// Blocks: the fiber.
    /// Cancellation: none, nor by an inherited deadline.
    /// Errors: `resource_deadlock_would_occur` if the caller holds it already.
    void lock()
    {
        auto& core = here();
        core.take_turn(detail::scheduler_core::cost_of_call);
        if (owner_ == nullptr) [[likely]]
        {
            owner_ = core.current;
            return;
        }
        lock_contended(core);
    }

    /// Blocks: never; does not yield either.
    bool try_lock()
    {
        auto& core = here();
        if (owner_ != nullptr)
        {
            return false;
        }
        owner_ = core.current;
        return true;
    }

    /// Blocks: never. Errors: `operation_not_permitted` if the caller does not hold it; it stays locked then.
    void unlock()
    {
        auto& core = here();
        if (owner_ != core.current) [[unlikely]]
        {
            detail::throw_foreign_unlock();
        }
        if (waiters_.empty()) [[likely]]
        {
            owner_ = nullptr;
            return;
        }
        hand_over(core);
    }

private:
    detail::scheduler_core& here()
    {
        const auto core = detail::current_core();
#if !defined(NDEBUG)
        if (core == nullptr || core != home_) [[unlikely]]
        {
            settle(core);
        }
#endif
        return *core;
    }

    void settle(const detail::scheduler_core* core);
    void lock_contended(detail::scheduler_core& core);
    void hand_over(detail::scheduler_core& core) noexcept;

    const detail::fiber_record* owner_ = nullptr;
    detail::wait_list waiters_;                    // without its lock: the scheduler is one
    const detail::scheduler_core* home_ = nullptr; // in debug builds, from the first call on
};

} // namespace weft

#endif
