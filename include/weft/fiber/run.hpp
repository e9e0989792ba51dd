// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_RUN_HPP
#define WEFT_FIBER_RUN_HPP

#include <weft/fiber/detail/kept_call.hpp>
#include <weft/fiber/spawn.hpp>

#include <type_traits>
#include <utility>

namespace weft
{

/// What `run` does other than by default.
struct run_options
{
    /// Replaces the steady clock for sleeps, time-outs and deadlines.
    manual_clock* clock = nullptr;

    /// Of the first fiber. Its default name is "main".
    attributes main = {.name = "main"};

    /// What its fibers run on.
    stack_options stacks = {};

    /// How long they may go on before others get their turn.
    slice_options slices = {};
};

namespace detail
{

/// Drives a new io_context whose first fiber calls `call(what)`. `what` must outlive it: fibers that are unwound with the
/// io_context still use it.
void run_first(const void* site, const run_options& options, void (*call)(void* what), void* what);

template <class F>
auto run_at(const void* site, F&& function, const run_options& options)
{
    kept_call<std::decay_t<F>> first{std::forward<F>(function)};
    run_first(site, options, &kept_call<std::decay_t<F>>::call, &first);
    return std::move(*first.value);
}

} // namespace detail

/// Makes the calling context a fiber: runs `function` as the first fiber of a new io_context, drives that on this
/// thread, and returns when the function and all fibers that came from it have ended. Returns what the function
/// returns; 0 if it returns nothing, so that `int main() { return weft::run(…); }` is right for both.
///
/// An exception that leaves the function cancels the other fibers, is kept until they have ended, and leaves `run`.
///
/// Blocks: the thread.
/// Errors: `invalid_argument` for stacks that are too small; what the function throws; `operation_aborted` if the
/// io_context is stopped before the function has ended; what a handler on the io_context throws, after the fibers have
/// been unwound.
template <class F>
    requires std::is_invocable_v<std::decay_t<F>>
WEFT_SITE_INLINE inline auto run(F&& function, const run_options& options = {})
{
    return detail::run_at(detail::here(), std::forward<F>(function), options);
}

} // namespace weft

#endif
