// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_SLEEPER_HPP
#define WEFT_FIBER_DETAIL_SLEEPER_HPP

#include <weft/fiber/detail/scheduler_core.hpp>

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>

namespace weft::detail
{

/// Thrown through a fiber that swallows its cancellation again and again while its scheduler is torn down.
struct tear_down_unwind
{};

/// What bounds a wait.
struct wait_limits
{
    wait_kind kind = wait_kind::interruptible;
    time_point until = time_point::max();

    bool inherits_deadline() const noexcept
    {
        return kind != wait_kind::plain;
    }
};

/// How a wait ended, for those who asked for it.
enum class wait_outcome
{
    notified,
    timed_out, ///< `wait_limits::until` has come
    deadline,  ///< the fiber's inherited deadline has come
    canceled
};

/// `operation_aborted`, `timed_out` or no error.
boost::system::error_code to_error(wait_outcome outcome) noexcept;

/// Throws `system_error` unless the outcome is `notified`, or `timed_out`, which is for the caller to report.
void throw_if_failed(wait_outcome outcome);

/// The same, and says which of these two it is: false if the time was over.
inline bool in_time(wait_outcome outcome)
{
    throw_if_failed(outcome);
    return outcome == wait_outcome::notified;
}

/// For a fiber that went on although its scheduler is torn down. Throws `operation_aborted`, or `tear_down_unwind`.
[[noreturn]] void throw_torn_down(fiber_record& fiber);

/// For whoever would block a thread because there is no fiber. Throws `operation_not_permitted` inside of
/// `on_thread_stack`: there is one, and it cannot wait.
void require_may_block();
/// The same for those who report through an `error_code`: no error if the thread may block.
boost::system::error_code blocking_error() noexcept;

/// A thread that is no fiber's, asleep.
class thread_waiter : public waiter
{
public:
    thread_waiter() : waiter(false) {}
    wake_reason sleep(wait_ticket ticket, time_point until);
    void wake() noexcept;

    /// A number for the thread that made this, as long as that runs; even and not zero.
    std::uintptr_t owner() const noexcept
    {
        return owner_;
    }
    static std::uintptr_t owner_of_this_thread() noexcept;

private:
    std::mutex mutex_;
    std::condition_variable woken_;
    bool is_woken_ = false; // guarded by mutex_
    const std::uintptr_t owner_ = owner_of_this_thread();
};

/// Counts the refusals of a fiber during tear-down; throws `tear_down_unwind` when there have been too many.
void count_refusal(fiber_record& fiber);

/// Who waits: the running fiber, or this thread.
class sleeper
{
public:
    sleeper() : core_(current_core())
    {
        if (core_ == nullptr)
        {
            thread_.emplace();
        }
        else
        {
            fiber_ = core_->current;
        }
    }

    /// For a caller that knows to be a fiber.
    explicit sleeper(scheduler_core& core) noexcept : core_(&core), fiber_(core.current) {}

    waiter& self() noexcept
    {
        return fiber_ != nullptr ? static_cast<waiter&>(*fiber_) : *thread_;
    }

    /// First of all, in calls that may turn out not to wait.
    WEFT_PATH_INLINE void take_turn(int cost = scheduler_core::cost_of_call)
    {
        if (core_ != nullptr)
        {
            core_->take_turn(cost);
        }
    }

    /// True when a wait of this kind must not begin: the fiber is to end.
    bool is_canceled(wait_kind kind) const
    {
        if (fiber_ == nullptr || !fiber_->cancel_pending) [[likely]]
        {
            return false;
        }
        if (fiber_->torn_down && kind != wait_kind::plain)
        {
            count_refusal(*fiber_);
            return true;
        }
        return kind == wait_kind::interruptible && fiber_->cancel_blocked == 0;
    }

    /// Before anything is armed. Errors: those of `require_may_block`.
    void require_may_sleep() const
    {
        if (fiber_ == nullptr) [[unlikely]]
        {
            require_may_block();
        }
    }

    wait_kind effective(wait_kind kind) const noexcept
    {
        return fiber_ != nullptr && fiber_->cancel_blocked != 0 && kind == wait_kind::interruptible ? wait_kind::patient
                                                                                                    : kind;
    }

    WEFT_PATH_INLINE wait_outcome sleep(wait_ticket ticket, const wait_limits& limits)
    {
        if (fiber_ == nullptr)
        {
            return outcome_of(thread_->sleep(ticket, limits.until), false);
        }
        const auto deadline = limits.inherits_deadline() ? fiber_->deadline : time_point::max();
        const auto reason = core_->park_until(*fiber_, ticket, std::min(limits.until, deadline));
        return outcome_of(reason, deadline < limits.until);
    }

    /// Ends an armed wait before it slept; sleeps for a delivery that is on its way.
    void give_up(wait_ticket ticket) noexcept
    {
        if (!self().withdraw(ticket))
        {
            fiber_ != nullptr ? core_->park(*fiber_) : thread_->sleep(ticket, time_point::max());
        }
    }

    /// Between two waits: the fiber may have come to another scheduler in the first one.
    void renew() noexcept
    {
        if (fiber_ != nullptr)
        {
            core_ = fiber_->core;
        }
    }

private:
    static wait_outcome outcome_of(wake_reason reason, bool deadline_was_first) noexcept
    {
        switch (reason)
        {
        case wake_reason::notified:
            return wait_outcome::notified;
        case wake_reason::timed_out:
            return deadline_was_first ? wait_outcome::deadline : wait_outcome::timed_out;
        default:
            return wait_outcome::canceled;
        }
    }

    scheduler_core* core_;
    fiber_record* fiber_ = nullptr;
    std::optional<thread_waiter> thread_;
};

} // namespace weft::detail

#endif
