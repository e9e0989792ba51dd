// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_RUN_HPP
#define WEFT_FIBER_RUN_HPP

#include <weft/fiber/spawn.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace weft
{

struct run_options
{
    /// Replaces the steady clock for sleeps, time-outs and deadlines.
    manual_clock* clock = nullptr;

    /// Of the first fiber. Its default name is "main".
    attributes main = {.name = "main"};

    /// What its fibers run on.
    stack_options stacks = {};
};

namespace detail
{

template <class F>
auto run_at(const void* site, F&& function, const run_options& options)
{
    using returned = std::invoke_result_t<std::decay_t<F>>;
    using result = std::conditional_t<std::is_void_v<returned>, int, std::decay_t<returned>>;

    // Fibers that are unwound with the io_context still write to these.
    std::optional<result> value;
    std::exception_ptr error;
    boost::asio::io_context io(1);
    auto self = scheduler::of(io);
    self.use_clock(options.clock);
    self.use_stacks(options.stacks);
    spawn_at(
        site, io, &options.main,
        [&value, &error, call = std::decay_t<F>(std::forward<F>(function))]() mutable {
            try
            {
                if constexpr (std::is_void_v<returned>)
                {
                    std::move(call)();
                    value = 0;
                }
                else
                {
                    value.emplace(std::move(call)());
                }
            }
            catch (const tear_down_unwind&)
            {
                throw;
            }
            catch (...)
            {
                error = std::current_exception();
                scheduler::current().cancel_all();
            }
        },
        boost::asio::detached);
    io.run();
    if (error)
    {
        std::rethrow_exception(error);
    }
    if (!value)
    {
        throw boost::system::system_error(boost::asio::error::operation_aborted,
                                          "weft::run: the io_context was stopped before the function had ended");
    }
    return std::move(*value);
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
