// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_STATIC_FIBER_POOL_HPP
#define WEFT_FIBER_STATIC_FIBER_POOL_HPP

#include <weft/fiber/fiber_pool.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace weft
{

namespace detail
{

template <std::size_t Bytes>
struct pool_memory
{
    alignas(64) std::byte bytes[Bytes]; // not initialised: no page is touched before it is used
};

} // namespace detail

/// A `fiber_pool` and its memory, for stacks of at least `StackSize` bytes. For static storage or as a member of
/// something large.
///
///     static weft::static_fiber_pool<8, 64 * 1024> pool(io);
template <std::size_t Workers, std::size_t StackSize, std::size_t MaxDelayed = 0>
class static_fiber_pool : detail::pool_memory<fiber_pool::memory_size(Workers, StackSize, MaxDelayed)>,
                          public fiber_pool
{
public:
    /// `max_delayed` is not used.
    WEFT_SITE_INLINE explicit static_fiber_pool(options wanted = {})
        : fiber_pool(std::span(this->bytes), Workers, with_delayed(std::move(wanted)))
    {
    }
    template <class Where>
        requires requires(Where&& where) { detail::scheduler_for(std::forward<Where>(where)); }
    WEFT_SITE_INLINE explicit static_fiber_pool(Where&& where, options wanted = {})
        : fiber_pool(std::forward<Where>(where), std::span(this->bytes), Workers, with_delayed(std::move(wanted)))
    {
    }

private:
    static options with_delayed(options&& wanted)
    {
        wanted.max_delayed = MaxDelayed;
        return std::move(wanted);
    }
};

} // namespace weft

#endif
