// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_PROMISE_HPP
#define WEFT_SYNC_PROMISE_HPP

#include <weft/sync/detail/state_pointer.hpp>
#include <weft/sync/detail/value_state.hpp>
#include <weft/sync/future.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace weft
{

namespace detail
{

/// What all promises have in common. The documentation is at `promise`.
template <class T>
class basic_promise
{
public:
    basic_promise() : basic_promise(std::allocator_arg, std::allocator<std::byte>()) {}

    template <class Allocator>
    basic_promise(std::allocator_arg_t, const Allocator& allocator)
        : state_(allocated_state<value_state<T>, Allocator>::make(allocator))
    {
    }

    future<T> get_future()
    {
        return future_access::retrieve(*state_);
    }

    void set_exception(std::exception_ptr error)
    {
        (*state_).set_error(std::move(error));
    }

protected:
    template <class... Args>
    void keep(Args&&... args)
    {
        // Nothing of the promise is touched once the result is there.
        auto& state = *state_;
        state.claim();
        state.emplace(std::forward<Args>(args)...);
    }

    promise_pointer<value_state<T>> state_;
};

} // namespace detail

/// Where the result for a `future` comes from, with the interface of `std::promise`. Its end without a result breaks the
/// promise: the future throws `std::future_error` with `broken_promise`.
///
/// Errors: all members throw `std::future_error` with `no_state` after a move, `promise_already_satisfied` if there is a
/// result already; `std::bad_alloc` when it is made.
/// Thread safety: any fiber, any thread, any handler. Whoever waits for the future may destroy the promise as soon as the
/// result is there.
template <class T>
class promise : public detail::basic_promise<T>
{
    using base = detail::basic_promise<T>;

public:
    /// `promise()` and `promise(std::allocator_arg, allocator)`, which takes all memory from that.
    using base::base;

    /// The future, once. Errors: `future_already_retrieved`.
    using base::get_future;

    /// Blocks: never. Errors: what copying the value throws; it can be set again then.
    void set_value(const T& value)
    {
        this->keep(value);
    }
    void set_value(T&& value)
    {
        this->keep(std::move(value));
    }

    /// Blocks: never.
    using base::set_exception;

    void swap(promise& other) noexcept
    {
        std::swap(this->state_, other.state_);
    }
};

template <class T>
class promise<T&> : public detail::basic_promise<T&>
{
    using base = detail::basic_promise<T&>;

public:
    using base::base;

    void set_value(T& value)
    {
        this->keep(std::addressof(value));
    }

    void swap(promise& other) noexcept
    {
        std::swap(this->state_, other.state_);
    }
};

template <>
class promise<void> : public detail::basic_promise<void>
{
    using base = detail::basic_promise<void>;

public:
    using base::base;

    void set_value()
    {
        keep();
    }

    void swap(promise& other) noexcept
    {
        std::swap(state_, other.state_);
    }
};

template <class T>
void swap(promise<T>& a, promise<T>& b) noexcept
{
    a.swap(b);
}

} // namespace weft

#endif
