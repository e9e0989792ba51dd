// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_STATUS_CHANNEL_HPP
#define WEFT_SYNC_DETAIL_STATUS_CHANNEL_HPP

#include <weft/fiber/detail/time.hpp>
#include <weft/sync/channel_op_status.hpp>
#include <weft/sync/detail/queue_cases.hpp>
#include <weft/sync/detail/queue_iterator.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// Throws `system_error(operation_not_permitted)`, as Boost.Fiber does.
[[noreturn]] void throw_channel_closed();

/// What `buffered_channel` and `unbuffered_channel` can do: Boost.Fiber's interface, with what weft adds to it: they may
/// be used from plain threads and several schedulers, waits can be cancelled and end with the inherited deadline, and
/// there are cases of `select`.
///
/// Who takes an element and what happens to one whose move throws: as for `queue_operations`. Taking into a reference
/// assigns to it.
///
/// Blocks: the fiber, or the thread outside of fibers; those whose names begin with `try_` never.
/// Cancellation: throws `operation_aborted`, at entry too; a transfer that has happened is reported.
/// Errors: `timed_out` when the inherited deadline comes first; what copying or moving throws. Nothing is allocated.
/// Thread safety: any fiber, any thread, any handler.
template <class T>
class status_channel
{
public:
    using value_type = std::remove_reference_t<T>;
    using iterator = queue_iterator<status_channel>;

    /// Whether `close` was called; there may still be elements. Blocks: never.
    bool is_closed() const noexcept
    {
        return core_.is_closed();
    }

    /// Wakes all that wait. What it holds can still be taken. Blocks: never.
    void close() noexcept
    {
        core_.close();
    }

    /// `success` or `closed`.
    channel_op_status push(const value_type& value)
        requires std::copy_constructible<value_type>
    {
        return push_with(value, time_point::max());
    }
    channel_op_status push(value_type&& value)
    {
        return push_with(std::move(value), time_point::max());
    }

    /// Or `timeout`.
    template <class Rep, class Period>
        requires std::copy_constructible<value_type>
    channel_op_status push_wait_for(const value_type& value, const std::chrono::duration<Rep, Period>& timeout)
    {
        return push_with(value, deadline_after(timeout));
    }
    template <class Rep, class Period>
    channel_op_status push_wait_for(value_type&& value, const std::chrono::duration<Rep, Period>& timeout)
    {
        return push_with(std::move(value), deadline_after(timeout));
    }

    template <class Clock, class Duration>
        requires std::copy_constructible<value_type>
    channel_op_status push_wait_until(const value_type& value, const std::chrono::time_point<Clock, Duration>& when)
    {
        return push_with(value, deadline_at(when));
    }
    template <class Clock, class Duration>
    channel_op_status push_wait_until(value_type&& value, const std::chrono::time_point<Clock, Duration>& when)
    {
        return push_with(std::move(value), deadline_at(when));
    }

    /// `success` or `closed`.
    channel_op_status pop(value_type& value)
    {
        return pop_with(value, time_point::max());
    }

    /// Or `timeout`.
    template <class Rep, class Period>
    channel_op_status pop_wait_for(value_type& value, const std::chrono::duration<Rep, Period>& timeout)
    {
        return pop_with(value, deadline_after(timeout));
    }

    template <class Clock, class Duration>
    channel_op_status pop_wait_until(value_type& value, const std::chrono::time_point<Clock, Duration>& when)
    {
        return pop_with(value, deadline_at(when));
    }

    /// Errors: also `operation_not_permitted` if it is closed and empty.
    value_type value_pop()
    {
        std::optional<value_type> element;
        if (!pop_into(element))
        {
            throw_channel_closed();
        }
        return std::move(*element);
    }

    /// Cases of `select`, as those of `channel`.
    template <class Body>
    auto on_pop(Body body)
    {
        return pop_case<value_type, take_order::first_in_first_out, Body>(core_, std::move(body));
    }
    /// A case of `select` that pushes.
    template <class U, class Body = no_body>
        requires std::same_as<std::remove_cvref_t<U>, value_type>
    auto on_push(U&& value, Body body = {})
    {
        return push_case<value_type, take_order::first_in_first_out, U, Body>(core_, std::forward<U>(value),
                                                                              std::move(body));
    }

    /// Ranges of what comes until it is closed and empty.
    friend iterator begin(status_channel& channel)
    {
        return iterator(channel);
    }
    friend iterator end(status_channel&)
    {
        return {};
    }

protected:
    explicit status_channel(std::size_t places) : core_(places) {}
    ~status_channel() = default;

    queue_core<value_type> core_;

private:
    friend iterator;

    static wait_limits limits_until(time_point until) noexcept
    {
        return {wait_kind::interruptible, until};
    }

    bool pop_into(std::optional<value_type>& element)
    {
        const auto outcome = core_.pop(element, limits_until(time_point::max()));
        throw_if_interrupted(outcome);
        return outcome == queue_outcome::done;
    }

    template <class U>
    channel_op_status push_with(U&& value, time_point until)
    {
        return to_status(core_.push(std::forward<U>(value), limits_until(until)), channel_op_status::full);
    }

    channel_op_status pop_with(value_type& value, time_point until)
    {
        std::optional<value_type> element;
        const auto status = to_status(core_.pop(element, limits_until(until)), channel_op_status::empty);
        if (element)
        {
            value = std::move(*element);
        }
        return status;
    }
};

} // namespace weft::detail

#endif
