// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_RUN_HPP
#define WEFT_FIBER_RUN_HPP

#include <weft/fiber/spawn.hpp>

#include <optional>
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
    using returned = std::invoke_result_t<std::decay_t<F>>;
    struct first_call
    {
        std::optional<std::decay_t<F>> function;
        std::optional<std::conditional_t<std::is_void_v<returned>, int, std::decay_t<returned>>> value = {};

        static void call(void* self)
        {
            auto& first = *static_cast<first_call*>(self);
            // Ends with the fiber, not after its io_context.
            struct end_function
            {
                first_call& first;
                ~end_function()
                {
                    first.function.reset();
                }
            } const guard{first};
            if constexpr (std::is_void_v<returned>)
            {
                std::move (*first.function)();
                first.value = 0;
            }
            else
            {
                first.value.emplace(std::move(*first.function)());
            }
        }
    } first{std::forward<F>(function)};
    run_first(site, options, &first_call::call, &first);
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
