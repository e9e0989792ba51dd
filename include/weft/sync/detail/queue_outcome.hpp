// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_QUEUE_OUTCOME_HPP
#define WEFT_SYNC_DETAIL_QUEUE_OUTCOME_HPP

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/sync/channel_op_status.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>

namespace weft::detail
{

/// How an attempt to put or take an element ended.
enum class queue_outcome : std::uint8_t
{
    done,
    blocked, ///< nothing there, or no room
    closed,
    timed_out,
    deadline,
    canceled
};

queue_outcome to_queue_outcome(wait_outcome outcome) noexcept;

[[noreturn]] void throw_interrupted(queue_outcome outcome);

/// Throws `system_error` for `deadline` and `canceled`.
inline void throw_if_interrupted(queue_outcome outcome)
{
    if (outcome == queue_outcome::deadline || outcome == queue_outcome::canceled) [[unlikely]]
    {
        throw_interrupted(outcome);
    }
}

/// `timed_out` and `operation_aborted`; for a closed queue `eof` to who takes and `broken_pipe` to who puts.
boost::system::error_code pop_error(queue_outcome outcome) noexcept;
boost::system::error_code push_error(queue_outcome outcome) noexcept;

/// Throws for what is no status, as `throw_if_interrupted` does.
channel_op_status to_status(queue_outcome outcome, channel_op_status if_blocked);

/// Errors: `invalid_argument` for 0.
std::size_t require_capacity(std::size_t capacity);

/// Errors: `invalid_argument` unless a power of two and at least 2.
std::size_t require_power_of_two(std::size_t capacity);

} // namespace weft::detail

#endif
