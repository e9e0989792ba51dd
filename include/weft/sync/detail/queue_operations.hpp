// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_QUEUE_OPERATIONS_HPP
#define WEFT_SYNC_DETAIL_QUEUE_OPERATIONS_HPP

// In one piece: the same two operations in all their forms, and nothing else.

#include <weft/fiber/detail/time.hpp>
#include <weft/sync/detail/queue_cases.hpp>
#include <weft/sync/detail/queue_iterator.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// What `blocking_queue`, `blocking_stack` and `channel` can do. Common to all of it:
///
/// An element is taken from the caller only if the call says that it was: after `false`, an error or an exception, the
/// argument is as it was (if a move throws, as that move leaves it), and nothing has been lost or doubled. An element
/// whose copy or move throws on its way out stays where it is; the exception goes to whoever was about to move it, which
/// is the side that came second.
///
/// A closed one takes nothing more, gives out what it holds, and then says so: `false`, or no value. Destroying it closes
/// it; those who wait then are told so and do not touch it again. Whoever got an element may destroy it at once, also
/// while the call that gave the element has not returned.
///
/// Element types need a constructor from what is pushed, and for `pop` to be copied or moved. Copying and moving must not
/// wait nor use weft: it may happen under a spin lock.
///
/// Forms with a time return false, or no value, when the time is over. Forms with an `error_code&` do not throw for what
/// happens while they wait: they report `operation_aborted`, `timed_out` (of the argument or of the inherited deadline),
/// and when closed `broken_pipe` to who pushes and `eof` to who pops.
///
/// Blocks: the fiber, or the thread outside of fibers; those whose names begin with `try_` never, and they do not yield
/// either.
/// Cancellation: throws `operation_aborted`, at entry too; a transfer that has happened is reported.
/// Errors: `timed_out` when the inherited deadline comes first; what copying or moving throws; `std::bad_alloc` from
/// pushing to one without bound. Waiting allocates nothing.
/// Thread safety: any fiber, any thread, any handler; plain threads may wait too.
/// Order: those who push and those who pop are served first come, first served.
template <class T, take_order Order>
class queue_operations
{
    static_assert(std::is_object_v<T> && !std::is_const_v<T>);

public:
    using value_type = T;
    using iterator = queue_iterator<queue_operations>;

    /// Waits for room. False: it is closed.
    template <class U = T>
        requires std::convertible_to<U&&, T>
    bool push(U&& value)
    {
        return finish(offer<U>(value, time_point::max()));
    }

    template <class U = T>
        requires std::convertible_to<U&&, T>
    bool push(U&& value, boost::system::error_code& error)
    {
        return report_push(offer<U>(value, time_point::max()), error);
    }

    /// False: there is no room, or it is closed.
    template <class U = T>
        requires std::convertible_to<U&&, T>
    bool try_push(U&& value)
    {
        return as_element<U>(value, [this]<class V>(V&& element) {
                   return core_.try_push(std::forward<V>(element));
               }) == queue_outcome::done;
    }

    template <class U = T, class Rep, class Period>
        requires std::convertible_to<U&&, T>
    bool push_for(U&& value, const std::chrono::duration<Rep, Period>& timeout)
    {
        return finish(offer<U>(value, deadline_after(timeout)));
    }

    template <class U = T, class Rep, class Period>
        requires std::convertible_to<U&&, T>
    bool push_for(U&& value, const std::chrono::duration<Rep, Period>& timeout, boost::system::error_code& error)
    {
        return report_push(offer<U>(value, deadline_after(timeout)), error);
    }

    template <class U = T, class Clock, class Duration>
        requires std::convertible_to<U&&, T>
    bool push_until(U&& value, const std::chrono::time_point<Clock, Duration>& when)
    {
        return finish(offer<U>(value, deadline_at(when)));
    }

    template <class U = T, class Clock, class Duration>
        requires std::convertible_to<U&&, T>
    bool push_until(U&& value, const std::chrono::time_point<Clock, Duration>& when, boost::system::error_code& error)
    {
        return report_push(offer<U>(value, deadline_at(when)), error);
    }

    /// Waits for an element. None: it is closed, and nothing is left.
    std::optional<T> pop()
    {
        std::optional<T> element;
        pop_into(element);
        return element;
    }

    std::optional<T> pop(boost::system::error_code& error)
    {
        std::optional<T> element;
        error = pop_error(core_.pop(element, limits_until(time_point::max())));
        return element;
    }

    /// None: nothing is there.
    std::optional<T> try_pop()
    {
        std::optional<T> element;
        core_.try_pop(element);
        return element;
    }

    template <class Rep, class Period>
    std::optional<T> pop_for(const std::chrono::duration<Rep, Period>& timeout)
    {
        return pop_until(deadline_after(timeout));
    }

    template <class Rep, class Period>
    std::optional<T> pop_for(const std::chrono::duration<Rep, Period>& timeout, boost::system::error_code& error)
    {
        return pop_until(deadline_after(timeout), error);
    }

    template <class Clock, class Duration>
    std::optional<T> pop_until(const std::chrono::time_point<Clock, Duration>& when)
    {
        std::optional<T> element;
        throw_if_interrupted(core_.pop(element, limits_until(deadline_at(when))));
        return element;
    }

    template <class Clock, class Duration>
    std::optional<T> pop_until(const std::chrono::time_point<Clock, Duration>& when, boost::system::error_code& error)
    {
        std::optional<T> element;
        error = pop_error(core_.pop(element, limits_until(deadline_at(when))));
        return element;
    }

    /// Wakes all that wait. Closing twice is as closing once. Blocks: never.
    void close() noexcept
    {
        core_.close();
    }

    /// Whether `close` was called; there may still be elements. Blocks: never.
    bool is_closed() const noexcept
    {
        return core_.is_closed();
    }

    /// How many elements it holds, not counting those in the frames of who waits to push.
    std::size_t size() const noexcept
    {
        return core_.size();
    }

    bool empty() const noexcept
    {
        return size() == 0;
    }

    /// The largest possible number if there is no bound.
    std::size_t capacity() const noexcept
    {
        return core_.capacity();
    }

    /// `for (auto& element : queue)` pops until the queue is closed and empty; `begin` and each step wait as `pop` does.
    iterator begin()
    {
        return iterator(*this);
    }

    std::default_sentinel_t end() const noexcept
    {
        return {};
    }

    // ── cases of `select`, see there ──

    /// `body(T)`, or `body(std::optional<T>)`, which is also told when it is closed and empty.
    template <class Body>
    auto on_pop(Body body)
    {
        return pop_case<T, Order, Body>(core_, std::move(body));
    }

    /// `body()`, or `body(bool)`, which is also told when it is closed. The value must live until the select is over.
    template <class U, class Body = no_body>
        requires std::same_as<std::remove_cvref_t<U>, T>
    auto on_push(U&& value, Body body = {})
    {
        return push_case<T, Order, U, Body>(core_, std::forward<U>(value), std::move(body));
    }

protected:
    explicit queue_operations(std::size_t capacity) : core_(capacity) {}
    ~queue_operations() = default;

private:
    friend iterator;

    bool pop_into(std::optional<T>& element)
    {
        return finish(core_.pop(element, limits_until(time_point::max())));
    }

    static wait_limits limits_until(time_point until) noexcept
    {
        return {wait_kind::interruptible, until};
    }

    /// Calls `use(element)` with a `T`, made of the value if that is of another type.
    template <class U, class Use>
    static queue_outcome as_element(std::remove_reference_t<U>& value, Use use)
    {
        if constexpr (std::is_same_v<std::remove_cvref_t<U>, T>)
        {
            return use(std::forward<U>(value));
        }
        else
        {
            T element(std::forward<U>(value));
            return use(std::move(element));
        }
    }

    template <class U>
    queue_outcome offer(std::remove_reference_t<U>& value, time_point until)
    {
        return as_element<U>(value, [this, until]<class V>(V&& element) {
            return core_.push(std::forward<V>(element), limits_until(until));
        });
    }

    static bool finish(queue_outcome outcome)
    {
        throw_if_interrupted(outcome);
        return outcome == queue_outcome::done;
    }

    static bool report_push(queue_outcome outcome, boost::system::error_code& error) noexcept
    {
        error = push_error(outcome);
        return outcome == queue_outcome::done;
    }

    queue_core<T, Order> core_;
};

} // namespace weft::detail

#endif
