// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_ON_THREAD_STACK_HPP
#define WEFT_FIBER_ON_THREAD_STACK_HPP

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace weft
{

namespace detail
{

/// Runs `call(closure)`, which must not throw, on the stack that the fiber's round stands on. False outside of fibers:
/// nothing has happened then.
bool visit_thread_stack(void (*call)(void*) noexcept, void* closure) noexcept;

/// Where the result waits for the fiber.
template <class Result>
struct visit_result
{
    std::optional<Result> value;

    template <class F>
    void take_from(F&& function)
    {
        value.emplace(std::invoke(std::forward<F>(function)));
    }
    Result get()
    {
        return std::move(*value);
    }
};

template <class Result>
struct visit_result<Result&>
{
    Result* value = nullptr;

    template <class F>
    void take_from(F&& function)
    {
        value = std::addressof(std::invoke(std::forward<F>(function)));
    }
    Result& get() const noexcept
    {
        return *value;
    }
};

template <>
struct visit_result<void>
{
    template <class F>
    void take_from(F&& function)
    {
        std::invoke(std::forward<F>(function));
    }
    void get() const noexcept {}
};

} // namespace detail

/// Calls `function()` on the stack of the thread, megabytes as a rule, instead of the fiber's: for the one deep call (a
/// regular expression, a recursive parser, a foreign library) in a fiber that needs little otherwise. Returns what that
/// returns, throws what that throws. It costs two switches. Outside of fibers it is an ordinary call.
///
/// The stack is that on which the handler of the executor began the round: the thread's own, unless the program calls
/// `io_context::run()` on a smaller one.
///
/// Inside, the fiber cannot wait, and the thread must not: what would wait (a contended lock, a sleep, a join, an
/// operation) throws `operation_not_permitted` instead, or says so in its `error_code`. `this_fiber::get_id`, `name` and
/// `fiber_specific_ptr` answer for the fiber, locks are taken and released in its name; `this_fiber::is_fiber` is false,
/// `yield` and `cancellation_point` do nothing, and only `spawn` makes fibers.
///
/// Blocks: the thread, as long as the function runs.
/// Errors: what the function throws.
template <class F>
    requires std::invocable<F>
auto on_thread_stack(F&& function) -> std::invoke_result_t<F>
{
    struct visit
    {
        F& function;
        std::exception_ptr error{};
        detail::visit_result<std::invoke_result_t<F>> result{};
    } mine{function};

    const bool has_run = detail::visit_thread_stack(
        [](void* closure) noexcept {
            auto& self = *static_cast<visit*>(closure);
            try
            {
                self.result.take_from(std::forward<F>(self.function));
            }
            catch (...)
            {
                self.error = std::current_exception();
            }
        },
        &mine);
    if (!has_run)
    {
        return std::invoke(std::forward<F>(function));
    }
    if (mine.error != nullptr)
    {
        std::rethrow_exception(std::move(mine.error));
    }
    return mine.result.get();
}

} // namespace weft

#endif
