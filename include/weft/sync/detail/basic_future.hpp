// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_BASIC_FUTURE_HPP
#define WEFT_SYNC_DETAIL_BASIC_FUTURE_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/sync/detail/state_pointer.hpp>
#include <weft/sync/detail/value_state.hpp>

#include <chrono>
#include <exception>
#include <utility>

namespace weft
{

using std::future_errc;
using std::future_error;
using std::future_status;

template <class T>
class future;
template <class T>
class shared_future;
template <class T>
class promise;

namespace detail
{

/// What `future` and `shared_future` have in common. Their documentation is there.
template <class T>
class basic_future
{
public:
    bool valid() const noexcept
    {
        return static_cast<bool>(state_);
    }

    bool is_ready() const noexcept
    {
        return state_ && state_.get()->is_ready();
    }

    void wait() const
    {
        throw_if_failed((*state_).wait({}));
    }

    template <class Rep, class Period>
    future_status wait_for(const std::chrono::duration<Rep, Period>& timeout) const
    {
        return wait_with(deadline_after(timeout));
    }

    template <class Clock, class Duration>
    future_status wait_until(const std::chrono::time_point<Clock, Duration>& when) const
    {
        return wait_with(deadline_at(when));
    }

    std::exception_ptr get_exception_ptr() const
    {
        wait();
        return state_.get()->error();
    }

protected:
    using state_type = value_state<T>;

    basic_future() = default;
    explicit basic_future(state_pointer<state_type> state) noexcept : state_(std::move(state)) {}
    basic_future(const basic_future&) = default;
    basic_future(basic_future&&) noexcept = default;
    basic_future& operator=(const basic_future&) = default;
    basic_future& operator=(basic_future&&) noexcept = default;
    ~basic_future() = default;

    state_pointer<state_type> state_;

private:
    friend struct future_access;

    future_status wait_with(time_point until) const
    {
        auto& state = *state_;
        if (state.is_deferred())
        {
            return future_status::deferred;
        }
        const auto outcome = state.wait({wait_kind::interruptible, until});
        throw_if_failed(outcome);
        return outcome == wait_outcome::notified ? future_status::ready : future_status::timeout;
    }
};

/// For weft's own parts that wait for futures together with other things.
struct future_access
{
    /// Throws `no_state`.
    template <class T>
    static future_state& state(const basic_future<T>& of)
    {
        return *of.state_;
    }

    /// Throws `future_already_retrieved`.
    template <class T>
    static future<T> retrieve(value_state<T>& state)
    {
        state.retrieve();
        state.add_reference();
        return adopt(state);
    }

    /// Takes over a reference.
    template <class T>
    static future<T> adopt(value_state<T>& state) noexcept
    {
        return future<T>(state_pointer<value_state<T>>(state));
    }
};

} // namespace detail

} // namespace weft

#endif
