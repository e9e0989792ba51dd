// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_WAITER_HPP
#define WEFT_FIBER_DETAIL_WAITER_HPP

#include <atomic>
#include <cstdint>

namespace weft::detail
{

/// Why a wait ended.
enum class wake_reason : std::uint8_t
{
    notified = 8,
    timed_out,
    canceled,
    abandoned, ///< the operation waited for was destroyed without completing
    torn_down, ///< the scheduler goes away
};

/// Who may end a wait besides the one that is waited for.
enum class wait_kind : std::uint8_t
{
    plain = 1,     ///< nobody, unless the tear-down of the scheduler finds no other way
    patient,       ///< the tear-down of the scheduler
    interruptible, ///< cancellation too
    operation,     ///< nobody at all: an operation of Asio uses memory of the waiting frame
};

/// Names one wait of one waiter; a wake that comes after that wait is over finds another ticket and does nothing.
using wait_ticket = std::uint64_t;

/// A fiber or a thread that can be put to sleep. Its word holds the number of the wait above bit 8 and below it zero
/// (not waiting), a wait_kind (waiting) or a wake_reason (woken). The first compare-and-swap from waiting to woken
/// wins; only its caller may deliver the wake-up.
class waiter
{
public:
    /// Begins a wait. Must be followed by the wait itself, or by `withdraw`.
    wait_ticket arm(wait_kind kind) noexcept
    {
        const auto number = (word_.load(std::memory_order_relaxed) | 0xff) + 1;
        const wait_ticket ticket = number | static_cast<std::uint8_t>(kind);
        word_.store(ticket, std::memory_order_release);
        return ticket;
    }

    /// Thread safety: any thread. After a success the caller owes the waiter its delivery.
    bool claim(wait_ticket ticket, wake_reason reason) noexcept
    {
        const auto woken = (ticket & ~wait_ticket{0xff}) | static_cast<std::uint8_t>(reason);
        return word_.compare_exchange_strong(ticket, woken, std::memory_order_acq_rel, std::memory_order_relaxed);
    }

    /// Ends a wait before it slept. False: somebody has woken it meanwhile, and that delivery must be slept for.
    bool withdraw(wait_ticket ticket) noexcept
    {
        return word_.compare_exchange_strong(ticket, ticket & ~wait_ticket{0xff}, std::memory_order_acq_rel,
                                             std::memory_order_relaxed);
    }

    /// The ticket of the wait in progress, or zero if that wait has no kind among those asked for.
    wait_ticket waiting_as(wait_kind kind) const noexcept
    {
        const auto word = word_.load(std::memory_order_acquire);
        return (word & 0xff) == static_cast<std::uint8_t>(kind) ? word : 0;
    }

    bool is_waiting() const noexcept
    {
        const auto state = word_.load(std::memory_order_acquire) & 0xff;
        return state != 0 && state < static_cast<std::uint8_t>(wake_reason::notified);
    }

    wake_reason reason() const noexcept
    {
        return static_cast<wake_reason>(word_.load(std::memory_order_acquire) & 0xff);
    }

    bool is_fiber() const noexcept
    {
        return is_fiber_;
    }

protected:
    explicit waiter(bool is_fiber) noexcept : is_fiber_(is_fiber) {}
    ~waiter() = default;
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

private:
    std::atomic<std::uint64_t> word_{0};
    const bool is_fiber_;
};

} // namespace weft::detail

#endif
