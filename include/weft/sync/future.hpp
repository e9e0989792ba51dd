// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_FUTURE_HPP
#define WEFT_SYNC_FUTURE_HPP

#include <weft/sync/detail/basic_future.hpp>
#include <weft/sync/shared_future.hpp>

#include <utility>

namespace weft
{

/// The result that somebody else will give, with the interface of `std::future`: from a `promise`, a `packaged_task` or
/// `async`. `T` may be a reference or void. Its end does not wait for anything.
///
/// The state that it shares with the other side is one allocation. Either side may drop its last reference at any time,
/// also while `set_value` has not returned yet.
///
/// Errors: all members but `valid`, `is_ready` and those that move throw `std::future_error` with `no_state` if it has no
/// state.
/// Thread safety: distinct objects, any fiber, any thread; plain threads may wait too. One object, one at a time.
template <class T>
class future : public detail::basic_future<T>
{
    using base = detail::basic_future<T>;

public:
    /// Without a state.
    future() noexcept = default;
    future(future&&) noexcept = default;
    future& operator=(future&&) noexcept = default;

    /// Waits for the result and moves it out; what was set as an exception is rethrown. There is no state afterwards.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`; the future stays valid, nothing is lost. Not if the result is there.
    /// Errors: `timed_out` when the inherited deadline comes first, and the future stays valid too; `broken_promise` if
    /// there will be no result; what moving it throws.
    T get()
    {
        this->wait();
        const auto state = std::move(this->state_);
        return (*state).take();
    }

    /// Whether it refers to a state.
    using base::valid;

    /// Whether the result is there. Blocks: never; false without a state.
    using base::is_ready;

    /// Waits for the result, and runs the function first if that was deferred.
    ///
    /// Blocks, Cancellation, Errors: as `get`.
    using base::wait;

    /// As `wait`: `ready`, `timeout`, or at once `deferred`.
    using base::wait_for;
    using base::wait_until;

    /// Waits, and returns what was set as an exception, or null. The future keeps it.
    using base::get_exception_ptr;

    /// Hands the state over to a future that can be copied.
    shared_future<T> share() noexcept
    {
        return shared_future<T>(std::move(*this));
    }

private:
    friend struct detail::future_access;
    friend class shared_future<T>;

    using base::base;
};

} // namespace weft

#endif
