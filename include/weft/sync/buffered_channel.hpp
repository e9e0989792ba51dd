// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_BUFFERED_CHANNEL_HPP
#define WEFT_SYNC_BUFFERED_CHANNEL_HPP

#include <weft/sync/detail/status_channel.hpp>

#include <cstddef>
#include <optional>
#include <utility>

namespace weft
{

/// Boost.Fiber's channel with a buffer, for those who move over; new code may prefer `channel` and `blocking_queue`. As
/// there, the capacity is a power of two, and one place of it stays free.
///
/// Members that wait are those of `detail::status_channel`, where their contracts stand. One allocation, when it is made.
template <class T>
class buffered_channel : public detail::status_channel<T>
{
    using base = detail::status_channel<T>;

public:
    using typename base::value_type;

    /// Errors: `invalid_argument` unless `capacity` is a power of two and at least 2; `std::bad_alloc`.
    explicit buffered_channel(std::size_t capacity) : base(detail::require_power_of_two(capacity) - 1) {}

    /// `success`, `full` or `closed`. Blocks: never.
    channel_op_status try_push(const value_type& value)
        requires std::copy_constructible<value_type>
    {
        return detail::to_status(this->core_.try_push(value), channel_op_status::full);
    }
    channel_op_status try_push(value_type&& value)
    {
        return detail::to_status(this->core_.try_push(std::move(value)), channel_op_status::full);
    }

    /// `success`, `empty` or `closed`. Blocks: never.
    channel_op_status try_pop(value_type& value)
    {
        std::optional<value_type> element;
        const auto status = detail::to_status(this->core_.try_pop(element), channel_op_status::empty);
        if (element)
        {
            value = std::move(*element);
        }
        return status;
    }
};

} // namespace weft

#endif
