// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_CHANNEL_HPP
#define WEFT_SYNC_CHANNEL_HPP

#include <weft/sync/detail/queue_operations.hpp>

#include <cstddef>

namespace weft
{

/// Passes messages from any number of fibers and threads to any number of them.
///
/// With capacity 0 it is a rendezvous: `push` waits until somebody takes the message, which is moved once, from the
/// sender's frame into the receiver's; `try_push` succeeds only if a receiver waits, `try_pop` only if a sender does. With
/// another capacity it is as a `blocking_queue`.
///
/// All members are those of `detail::queue_operations`, where their contracts stand. Complexity: constant.
template <class T>
class channel : public detail::queue_operations<T, detail::take_order::first_in_first_out>
{
    using base = detail::queue_operations<T, detail::take_order::first_in_first_out>;

public:
    channel() : base(0) {}

    /// Errors: `std::bad_alloc`.
    explicit channel(std::size_t capacity) : base(capacity) {}
};

} // namespace weft

#endif
