// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_FUTURE_STATE_HPP
#define WEFT_SYNC_DETAIL_FUTURE_STATE_HPP

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/detail/wait_list.hpp>

#include <atomic>
#include <cstdint>
#include <exception>
#include <future>
#include <utility>

namespace weft::detail
{

[[noreturn]] void throw_future_error(std::future_errc code);
std::exception_ptr broken_promise() noexcept;

/// What a promise and its futures share, without the value.
///
/// Whoever makes it ready touches it for the last time under the lock of its waiters, which stands beside the address.
/// So the other side may destroy the last reference while `set_value` has not returned.
class future_state
{
public:
    future_state(const future_state&) = delete;
    future_state& operator=(const future_state&) = delete;

    void add_reference() noexcept
    {
        references_.fetch_add(1, std::memory_order_relaxed);
    }

    void release() noexcept
    {
        if (references_.load(std::memory_order_acquire) == 1 ||
            references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
        {
            destroy_(*this);
        }
    }

    // ── the futures' side ──

    bool is_ready() const noexcept
    {
        return ready_.load(std::memory_order_acquire);
    }

    /// Once it is ready.
    const std::exception_ptr& error() const noexcept
    {
        return error_;
    }

    /// Its function runs when somebody waits.
    bool is_deferred() const noexcept
    {
        return run_deferred_.load(std::memory_order_relaxed) != nullptr;
    }

    /// Those who wait until it is ready: `is_ready`, asked under the lock, says whether to wait at all.
    wait_list& waiters() noexcept
    {
        return waiters_;
    }

    /// Runs a deferred function first. Does not run it for a wait with a limit.
    WEFT_PATH_INLINE wait_outcome wait(const wait_limits& limits)
    {
        return is_ready() ? wait_outcome::notified : wait_until_ready(limits);
    }

    // ── the promise's side ──

    /// Reserves the right to give the result. Throws `promise_already_satisfied`.
    void claim()
    {
        if (is_claimed_.exchange(true, std::memory_order_acq_rel)) [[unlikely]]
        {
            throw_future_error(std::future_errc::promise_already_satisfied);
        }
    }

    /// Giving the result has failed.
    void unclaim() noexcept
    {
        is_claimed_.store(false, std::memory_order_release);
    }

    /// After `claim`; the value or the error is there. This may be gone afterwards.
    void make_ready() noexcept;

    void set_error(std::exception_ptr why)
    {
        claim();
        fail(std::move(why));
    }

    /// After `claim`.
    void fail(std::exception_ptr why) noexcept
    {
        error_ = std::move(why);
        make_ready();
    }

    /// The promise goes away: breaks it if it was not kept, and gives its reference up.
    void abandon() noexcept;

    /// Throws `future_already_retrieved` the second time.
    void retrieve()
    {
        if (std::exchange(is_retrieved_, true))
        {
            throw_future_error(std::future_errc::future_already_retrieved);
        }
    }

protected:
    using destructor = void (*)(future_state&) noexcept;
    using deferred_function = void (*)(future_state&);

    explicit future_state(destructor destroy, deferred_function run_deferred = nullptr) noexcept
        : destroy_(destroy), run_deferred_(run_deferred)
    {
    }
    ~future_state() = default;

private:
    wait_outcome wait_until_ready(const wait_limits& limits);

    wait_list waiters_;
    std::exception_ptr error_;
    const destructor destroy_;
    std::atomic<deferred_function> run_deferred_; ///< null once somebody has taken it
    std::atomic<std::uint32_t> references_{1};
    std::atomic<bool> ready_{false};
    std::atomic<bool> is_claimed_{false};
    bool is_retrieved_ = false; // the promise's
};

} // namespace weft::detail

#endif
