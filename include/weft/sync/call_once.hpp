// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_CALL_ONCE_HPP
#define WEFT_SYNC_CALL_ONCE_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/owner.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <utility>

namespace weft
{

class once_flag;

namespace detail
{

/// False if another call had not ended by then.
template <class F, class... Args>
bool call_once_before(time_point limit, once_flag& flag, F&& function, Args&&... args);

} // namespace detail

/// Whether the function of `call_once` has been called.
class once_flag
{
public:
    once_flag() noexcept = default;
    once_flag(const once_flag&) = delete;
    once_flag& operator=(const once_flag&) = delete;

private:
    template <class F, class... Args>
    friend bool detail::call_once_before(detail::time_point limit, once_flag& flag, F&& function, Args&&... args);

    static constexpr detail::owner_word done = 1;

    bool is_done() const noexcept
    {
        return state_.load(std::memory_order_acquire) == done;
    }

    enum class beginning
    {
        call, ///< the caller has to call the function, and then `finish` or `give_up`
        done,
        late
    };
    beginning begin(detail::time_point limit);
    void finish() noexcept;
    void give_up() noexcept;

    std::atomic<detail::owner_word> state_{0}; // zero, the owner of the call in progress, or `done`
    wait_queue waiters_;
};

template <class F, class... Args>
bool detail::call_once_before(time_point limit, once_flag& flag, F&& function, Args&&... args)
{
    if (flag.is_done()) [[likely]]
    {
        return true;
    }
    if (const auto beginning = flag.begin(limit); beginning != once_flag::beginning::call)
    {
        return beginning == once_flag::beginning::done;
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
    return true;
}

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
    detail::call_once_before(detail::time_point::max(), flag, std::forward<F>(function), std::forward<Args>(args)...);
}

/// As `call_once`; false if by then another caller was still at it. How long the function itself takes is not limited.
template <class Rep, class Period, class F, class... Args>
bool call_once_for(once_flag& flag, const std::chrono::duration<Rep, Period>& timeout, F&& function, Args&&... args)
{
    return detail::call_once_before(detail::deadline_after(timeout), flag, std::forward<F>(function),
                                    std::forward<Args>(args)...);
}

template <class Clock, class Duration, class F, class... Args>
bool call_once_until(once_flag& flag, const std::chrono::time_point<Clock, Duration>& when, F&& function,
                     Args&&... args)
{
    return detail::call_once_before(detail::deadline_at(when), flag, std::forward<F>(function),
                                    std::forward<Args>(args)...);
}

} // namespace weft

#endif
