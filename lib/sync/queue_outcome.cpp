// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/detail/queue_outcome.hpp>
#include <weft/sync/detail/status_channel.hpp>

#include "misuse.hpp"

#include <boost/asio/error.hpp>

#include <bit>

namespace weft::detail
{

namespace
{

wait_outcome to_wait_outcome(queue_outcome outcome) noexcept
{
    switch (outcome)
    {
    case queue_outcome::timed_out:
        return wait_outcome::timed_out;
    case queue_outcome::deadline:
        return wait_outcome::deadline;
    case queue_outcome::canceled:
        return wait_outcome::canceled;
    default:
        return wait_outcome::notified;
    }
}

} // namespace

queue_outcome to_queue_outcome(wait_outcome outcome) noexcept
{
    switch (outcome)
    {
    case wait_outcome::timed_out:
        return queue_outcome::timed_out;
    case wait_outcome::deadline:
        return queue_outcome::deadline;
    case wait_outcome::canceled:
        return queue_outcome::canceled;
    default:
        return queue_outcome::done;
    }
}

void throw_interrupted(queue_outcome outcome)
{
    throw boost::system::system_error(to_error(to_wait_outcome(outcome)), outcome == queue_outcome::canceled
                                                                              ? "weft: the fiber was cancelled"
                                                                              : "weft: the fiber's deadline is over");
}

boost::system::error_code pop_error(queue_outcome outcome) noexcept
{
    if (outcome == queue_outcome::closed)
    {
        return boost::asio::error::eof;
    }
    return to_error(to_wait_outcome(outcome));
}

boost::system::error_code push_error(queue_outcome outcome) noexcept
{
    if (outcome == queue_outcome::closed)
    {
        return make_error_code(boost::system::errc::broken_pipe);
    }
    return to_error(to_wait_outcome(outcome));
}

channel_op_status to_status(queue_outcome outcome, channel_op_status if_blocked)
{
    throw_if_interrupted(outcome);
    switch (outcome)
    {
    case queue_outcome::blocked:
        return if_blocked;
    case queue_outcome::closed:
        return channel_op_status::closed;
    case queue_outcome::timed_out:
        return channel_op_status::timeout;
    default:
        return channel_op_status::success;
    }
}

std::size_t require_capacity(std::size_t capacity)
{
    if (capacity == 0)
    {
        throw_invalid("weft: the capacity must not be 0; weft::channel is the queue that has it");
    }
    return capacity;
}

std::size_t require_power_of_two(std::size_t capacity)
{
    if (capacity < 2 || !std::has_single_bit(capacity))
    {
        throw_invalid("weft::buffered_channel: the capacity must be a power of two and at least 2");
    }
    return capacity;
}

void throw_channel_closed()
{
    throw boost::system::system_error(make_error_code(boost::system::errc::operation_not_permitted),
                                      "weft: the channel is closed");
}

} // namespace weft::detail
