// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_SERVE_OPTIONS_HPP
#define WEFT_IO_SERVE_OPTIONS_HPP

#include <weft/fiber/attributes.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace weft
{

/// What a server does with connections above its cap.
enum class when_full
{
    wait,  ///< accepts no more; they wait in the listen queue of the system
    refuse ///< accepts and closes them
};

/// How a `server` serves.
struct serve_options
{
    using duration = std::chrono::steady_clock::duration;

    /// Handlers at a time; 0 counts as 1.
    std::size_t max_connections = 10'000;
    weft::when_full when_full = weft::when_full::wait; ///< above that

    /// Bounds each handler as a whole, as a `weft::deadline` around it.
    duration connection_limit = duration::max();

    /// How long `stop` lets the handlers go on before it cancels them.
    duration grace = std::chrono::seconds(30);

    /// Has the effect of `stop`.
    std::stop_token stop = {};

    /// Of the handlers' fibers.
    attributes session = {.name = "session"};
};

/// accepted = active + finished + failed + canceled + refused.
struct serve_counters
{
    std::uint64_t accepted = 0; ///< connections so far
    std::uint64_t active = 0;   ///< handlers that run
    std::uint64_t finished = 0; ///< that have returned
    std::uint64_t failed = 0;   ///< that an exception has left
    std::uint64_t canceled = 0; ///< that were cancelled, and have ended
    std::uint64_t refused = 0;  ///< above the cap, or without memory for a fiber
};

} // namespace weft

#endif
