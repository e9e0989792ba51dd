// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_SHARED_FUTURE_HPP
#define WEFT_SYNC_SHARED_FUTURE_HPP

#include <weft/sync/detail/basic_future.hpp>

#include <utility>

namespace weft
{

/// A `future` that can be copied: each copy gives out the same result, any number of times.
///
/// Errors, thread safety: as for `future`; each fiber or thread with a copy of its own.
template <class T>
class shared_future : public detail::basic_future<T>
{
    using base = detail::basic_future<T>;

public:
    /// Without a state.
    shared_future() noexcept = default;
    shared_future(const shared_future&) noexcept = default;
    shared_future(shared_future&&) noexcept = default;
    shared_future(future<T>&& other) noexcept : base(std::move(other.state_)) {}
    shared_future& operator=(const shared_future&) noexcept = default;
    shared_future& operator=(shared_future&&) noexcept = default;

    /// Waits for the result: `const T&` to what all copies share, `T&` for a reference. What was set as an exception is
    /// rethrown.
    ///
    /// Blocks, Cancellation, Errors: as `future::get`.
    decltype(auto) get() const
    {
        this->wait();
        return this->state_.get()->read();
    }

    /// As for `future`.
    using base::get_exception_ptr;
    /// As for `future`.
    using base::is_ready;
    /// As for `future`.
    using base::valid;
    /// As for `future`.
    using base::wait;
    using base::wait_for;
    using base::wait_until;
};

} // namespace weft

#endif
