// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_STATE_POINTER_HPP
#define WEFT_SYNC_DETAIL_STATE_POINTER_HPP

#include <weft/fiber/detail/counted_pointer.hpp>
#include <weft/sync/detail/future_state.hpp>

#include <future>

namespace weft::detail
{

/// There is one promise, and its end breaks it if it was not kept.
struct promise_counting
{
    static void give_up(future_state& state) noexcept
    {
        state.abandon();
    }
};

template <class State, class Counting>
class basic_state_pointer : public counted_pointer<State, Counting>
{
public:
    using counted_pointer<State, Counting>::counted_pointer;

    /// Throws `no_state`.
    State& operator*() const
    {
        const auto state = this->get();
        if (state == nullptr) [[unlikely]]
        {
            throw_future_error(std::future_errc::no_state);
        }
        return *state;
    }
};

/// Of a future.
template <class State>
using state_pointer = basic_state_pointer<State, plain_counting>;

/// Of whoever owes the result.
template <class State>
using promise_pointer = basic_state_pointer<State, promise_counting>;

} // namespace weft::detail

#endif
