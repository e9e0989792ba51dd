// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_SELECT_CASES_HPP
#define WEFT_SYNC_DETAIL_SELECT_CASES_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/sync/detail/future_sources.hpp>
#include <weft/sync/detail/select_core.hpp>

#include <optional>
#include <stop_token>
#include <utility>

namespace weft::detail
{

/// Ready from a point of time on.
template <class Body>
class timer_case final : public select_case
{
public:
    timer_case(time_point when, Body body) : when_(when), body_(std::move(body)) {}

    attempt try_take() override
    {
        return when_ != time_point::max() && when_ <= current_time() ? attempt::taken : attempt::blocked;
    }
    bool enlist(waiter&, wait_ticket) noexcept override
    {
        return true; // bounds the wait itself
    }
    bool withdraw() noexcept override
    {
        return false;
    }
    time_point due() const noexcept override
    {
        return when_;
    }
    void run()
    {
        std::move(body_)();
    }

private:
    const time_point when_;
    [[no_unique_address]] Body body_;
};

template <class Body>
class default_case final : public select_case
{
public:
    explicit default_case(Body body) : body_(std::move(body)) {}

    attempt try_take() override
    {
        return attempt::blocked;
    }
    bool enlist(waiter&, wait_ticket) noexcept override
    {
        return true;
    }
    bool withdraw() noexcept override
    {
        return false;
    }
    bool is_default() const noexcept override
    {
        return true;
    }
    void run()
    {
        std::move(body_)();
    }

private:
    [[no_unique_address]] Body body_;
};

template <class Body>
class stop_case final : public select_case
{
public:
    stop_case(std::stop_token token, Body body) : token_(std::move(token)), body_(std::move(body)) {}

    attempt try_take() override
    {
        if (token_.stop_requested())
        {
            return attempt::taken;
        }
        return token_.stop_possible() ? attempt::blocked : attempt::never;
    }

    bool enlist(waiter& me, wait_ticket ticket) noexcept override
    {
        entry_.emplace(me);
        entry_->ticket = ticket;
        on_stop_.emplace(token_, end_wait{*entry_}); // calls at once if it comes late
        return true;
    }

    bool withdraw() noexcept override
    {
        // Waits until a request on another thread has made its call, which takes no longer than a wake-up.
        on_stop_.reset();
        return entry_->claimed;
    }

    void run()
    {
        std::move(body_)();
    }

private:
    struct end_wait
    {
        wait_entry& entry;

        void operator()() const noexcept
        {
            if (entry.claim())
            {
                deliver(entry.who);
            }
        }
    };

    std::stop_token token_;
    std::optional<wait_entry> entry_;
    std::optional<std::stop_callback<end_wait>> on_stop_;
    [[no_unique_address]] Body body_;
};

/// The end of a fiber, of this scheduler or another.
template <>
struct select_traits<fiber_record>
{
    static wait_list& list(fiber_record& fiber) noexcept
    {
        return fiber.remote_joiners;
    }
    static bool announce(fiber_record& fiber) noexcept
    {
        const auto before = fiber.shared_state.fetch_or(fiber_record::remote_joiner, std::memory_order_acq_rel);
        return (before & fiber_record::ended) != 0;
    }
    static bool take(fiber_record& fiber) noexcept
    {
        return fiber.has_ended();
    }
};

/// Errors: `invalid_argument` if not joinable; `resource_deadlock_would_occur` for the calling fiber itself.
fiber_record& require_other_fiber(fiber_record* fiber);

template <>
struct select_traits<future_state>
{
    static wait_list& list(future_state& state) noexcept
    {
        return state.waiters();
    }
    static bool announce(future_state& state) noexcept
    {
        return state.is_ready();
    }
    static bool take(future_state& state)
    {
        if (state.is_deferred())
        {
            throw_if_failed(state.wait({}));
        }
        return state.is_ready();
    }
};

} // namespace weft::detail

#endif
