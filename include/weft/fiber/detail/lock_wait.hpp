// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_LOCK_WAIT_HPP
#define WEFT_FIBER_DETAIL_LOCK_WAIT_HPP

#include <weft/fiber/detail/observation.hpp>

#include <boost/intrusive/set_hook.hpp>

#include <atomic>
#include <cstdint>
#include <optional>

namespace weft::detail
{

/// Somebody is about to wait for a lock, or waits. Fibers and threads are called by the words by which locks know their
/// owners: never zero, the same for all locks.
struct lock_wait : boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>
{
    /// The exclusive owner, zero if there is none. Thread safety: any thread, while somebody waits for the lock.
    using owner_function = std::uintptr_t (*)(const void* lock) noexcept;

    lock_wait(std::uintptr_t caller, const void* wanted, owner_function function, bool may_give_up) noexcept
        : who(caller), lock(wanted), owner_of(function), may_end_early(may_give_up)
    {
    }

    const std::uintptr_t who;
    const void* const lock;
    const owner_function owner_of;
    const bool may_end_early; ///< by a time-out or a cancellation

    // The observer's, from `begins` to `ends`.
    const fiber_record* fiber = nullptr; ///< null: a thread
    int thread = 0;                      ///< its number with the kernel
    bool is_known = false;
};

struct lock_wait_observer
{
    /// Before the wait is armed: may lock, log and allocate. The caller holds its other locks meanwhile.
    void (*begins)(lock_wait&) noexcept;
    void (*ends)(lock_wait&) noexcept;
};

/// Tells `told.lock_waits` of a wait for a lock, if there is somebody to tell.
class observed_lock_wait
{
public:
    observed_lock_wait(std::uintptr_t caller, const void* wanted, lock_wait::owner_function function,
                       bool may_give_up) noexcept
        : observer_(told.lock_waits.load(std::memory_order_acquire))
    {
        if (observer_ != nullptr) [[unlikely]]
        {
            wait_.emplace(caller, wanted, function, may_give_up);
            observer_->begins(*wait_);
        }
    }
    observed_lock_wait(const observed_lock_wait&) = delete;
    observed_lock_wait& operator=(const observed_lock_wait&) = delete;
    ~observed_lock_wait()
    {
        if (observer_ != nullptr) [[unlikely]]
        {
            observer_->ends(*wait_);
        }
    }

private:
    const lock_wait_observer* const observer_;
    std::optional<lock_wait> wait_;
};

} // namespace weft::detail

#endif
