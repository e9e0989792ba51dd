// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_ATTRIBUTES_HPP
#define WEFT_FIBER_ATTRIBUTES_HPP

#include <weft/context/stack.hpp>

#include <boost/assert/source_location.hpp>

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string_view>

namespace weft
{

class fiber_storage;

/// How a new fiber starts.
enum class launch
{
    post,     ///< at the end of the ready queue; the creator goes on
    dispatch, ///< at once; the creator continues at the front of the ready queue when the child first waits or ends
    deferred  ///< not before `fiber::start()`
};

/// What a fiber is made with.
struct attributes
{
    /// For logs, dumps and `this_fiber::name()`. Copied.
    std::string_view name = {};

    /// Usable bytes, rounded up to whole pages; 0 stands for the scheduler's default, 256 KiB if nothing else was said
    /// (`stack_options`). Only touched pages cost memory.
    /// A value below `minimum_stack_size()` makes the creation throw `std::errc::invalid_argument`.
    std::size_t stack_size = 0;

    /// Memory of the caller's for the fiber's record and its stack, without a guard: see `fiber_storage`. The stack gets
    /// what the record leaves, and `stack_size` is the least that this must be. Null stands for weft's own memory.
    fiber_storage* storage = nullptr;

    /// For the scheduling algorithm `weft::priority`: higher ones run first. Others do not look at it.
    int priority = 0;

    /// Whether the fiber may run on other schedulers than the one that it was made for, if its own lets fibers go: see
    /// `weft::work_team`. What it keeps per thread, and what is bound to a scheduler, is then for it to look after:
    /// doc/threads.md.
    bool migratable = false;

    /// When its stop is requested, the fiber is cancelled. The fiber's own stop source is another one.
    std::stop_token stop = {};

    /// Bounds every wait of the new fiber, as a `weft::deadline` around its function. Fibers do not inherit the deadline
    /// of their creator: `{.deadline = weft::deadline::current()}` hands it on.
    std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();

    /// Where the fiber comes from, for reports: `BOOST_CURRENT_LOCATION`, whose texts live for ever. Without it that is
    /// the call that makes the fiber, which says little if all of them are made by one function.
    boost::source_location site = {};
};

namespace detail
{
/// None asked for. Not an object: a stop token is no constant, and passing one costs each fiber a destructor.
inline constexpr const attributes* default_attributes = nullptr;
} // namespace detail

} // namespace weft

#endif
