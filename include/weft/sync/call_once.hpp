// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_CALL_ONCE_HPP
#define WEFT_SYNC_CALL_ONCE_HPP

#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/owner.hpp>

#include <atomic>
#include <functional>
#include <utility>

namespace weft
{

/// Whether the function of `call_once` has been called.
class once_flag
{
public:
    once_flag() noexcept = default;
    once_flag(const once_flag&) = delete;
    once_flag& operator=(const once_flag&) = delete;

private:
    template <class F, class... Args>
    friend void call_once(once_flag& flag, F&& function, Args&&... args);

    static constexpr detail::owner_word done = 1;

    bool is_done() const noexcept
    {
        return state_.load(std::memory_order_acquire) == done;
    }

    /// True: the caller has to call the function, and then `finish` or `give_up`.
    bool begin();
    void finish() noexcept;
    void give_up() noexcept;

    std::atomic<detail::owner_word> state_{0}; // zero, the owner of the call in progress, or `done`
    wait_queue waiters_;
};

/// Calls the function unless a call with this flag has returned before. While another caller is at it, waits for that to
/// return; if it throws instead, the one that has waited longest calls its own function. What the function did is visible
/// to all who return.
///
/// Blocks: the fiber, or the thread outside of fibers.
/// Cancellation: throws `operation_aborted` from the wait, not while the function runs; the flag is not affected.
/// Errors: what the function throws; `resource_deadlock_would_occur` when called from inside of the function; `timed_out`
/// when the inherited deadline comes before the other caller has returned.
/// Thread safety: any fiber, any thread.
template <class F, class... Args>
void call_once(once_flag& flag, F&& function, Args&&... args)
{
    if (flag.is_done() || !flag.begin()) [[likely]]
    {
        return;
    }
    struct open_call
    {
        once_flag* flag;
        ~open_call()
        {
            if (flag != nullptr)
            {
                flag->give_up();
            }
        }
    } call{&flag};
    std::invoke(std::forward<F>(function), std::forward<Args>(args)...);
    call.flag = nullptr;
    flag.finish();
}

} // namespace weft

#endif
