// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_CHANNEL_OP_STATUS_HPP
#define WEFT_SYNC_CHANNEL_OP_STATUS_HPP

namespace weft
{

/// How an operation on a channel ended; as in Boost.Fiber.
enum class channel_op_status
{
    success = 0,
    empty,  ///< nothing there to take, and the call does not wait
    full,   ///< no place to put it, and the call does not wait
    closed, ///< for taking: and nothing is left
    timeout
};

} // namespace weft

#endif
