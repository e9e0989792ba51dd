// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_UNBUFFERED_CHANNEL_HPP
#define WEFT_SYNC_UNBUFFERED_CHANNEL_HPP

#include <weft/sync/detail/status_channel.hpp>

namespace weft
{

/// Boost.Fiber's rendezvous, for those who move over; new code may prefer `channel`. `push` returns when somebody has taken
/// the element.
///
/// All members are those of `detail::status_channel`, where their contracts stand.
template <class T>
class unbuffered_channel : public detail::status_channel<T>
{
public:
    unbuffered_channel() : detail::status_channel<T>(0) {}
};

} // namespace weft

#endif
