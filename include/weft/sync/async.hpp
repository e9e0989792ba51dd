// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_ASYNC_HPP
#define WEFT_SYNC_ASYNC_HPP

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/detail/fiber_body.hpp>
#include <weft/fiber/detail/spawn_site.hpp>
#include <weft/sync/detail/state_pointer.hpp>
#include <weft/sync/detail/value_state.hpp>
#include <weft/sync/future.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace weft
{

namespace detail
{

template <class F, class... Args>
using async_result = std::invoke_result_t<std::decay_t<F>, std::decay_t<Args>...>;

/// The body of a fiber that owes its result to a future.
template <class R, class F>
class async_call
{
public:
    async_call(value_state<R>& state, F&& function) : state_(state), function_(std::move(function))
    {
        state.add_reference();
    }

    void operator()() &&
    {
        auto& state = *state_;
        state.claim();
        state.run(std::move(function_));
    }

    /// The fiber cannot start.
    void fail(std::exception_ptr why)
    {
        (*state_).set_error(std::move(why));
    }

private:
    promise_pointer<value_state<R>> state_;
    F function_;
};

/// The state with a function that nobody has called yet.
template <class R, class F>
class deferred_state : public value_state<R>
{
protected:
    deferred_state(typename future_state::destructor destroy, F&& function)
        : value_state<R>(destroy, &run_it), function_(std::move(function))
    {
    }

private:
    static void run_it(future_state& self)
    {
        auto& whole = static_cast<deferred_state&>(self);
        whole.claim();
        whole.run(std::move(whole.function_));
    }

    F function_;
};

/// Errors: those of the constructor of `fiber`.
scheduler_core& require_creator();

template <class Allocator, class F, class... Args>
future<async_result<F, Args...>> async_at(const void* site, launch how, const attributes* wanted,
                                          const Allocator& allocator, F&& function, Args&&... args)
{
    using result = async_result<F, Args...>;
    using call = std::decay_t<decltype(bind_call(std::forward<F>(function), std::forward<Args>(args)...))>;
    if (how == launch::deferred)
    {
        return future_access::adopt<result>(allocated_state<deferred_state<result, call>, Allocator>::make(
            allocator, call(bind_call(std::forward<F>(function), std::forward<Args>(args)...))));
    }
    auto& core = require_creator();
    value_state<result>& state = allocated_state<value_state<result>, Allocator>::make(allocator);
    auto promised = future_access::adopt<result>(state);
    start_unjoined(core, how, wanted,
                   make_record(core, true, site, wanted,
                               async_call<result, call>(
                                   state, call(bind_call(std::forward<F>(function), std::forward<Args>(args)...)))));
    return promised;
}

} // namespace detail

/// Runs `function(args...)`, decayed copies, in a fiber of its own on the running fiber's scheduler, and returns the
/// future of what that returns or throws. With `launch::deferred` it runs in whoever first waits for the future, and may
/// be called outside of fibers.
///
/// The future's end does not wait for the fiber. One allocation, from the allocator if there is one, and the fiber's
/// record. What the fiber throws because it was cancelled goes to the future too.
///
/// Blocks: never.
/// Errors: those of the constructor of `fiber`; a stack that cannot be had later goes to the future.
template <class Allocator, class F, class... Args>
    requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
[[nodiscard]] WEFT_SITE_INLINE inline future<detail::async_result<F, Args...>>
async(launch how, const attributes& wanted, std::allocator_arg_t, const Allocator& allocator, F&& function,
      Args&&... args)
{
    return detail::async_at(detail::here(), how, &wanted, allocator, std::forward<F>(function),
                            std::forward<Args>(args)...);
}

template <class Allocator, class F, class... Args>
    requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
[[nodiscard]] WEFT_SITE_INLINE inline future<detail::async_result<F, Args...>>
async(launch how, std::allocator_arg_t, const Allocator& allocator, F&& function, Args&&... args)
{
    return detail::async_at(detail::here(), how, detail::default_attributes, allocator, std::forward<F>(function),
                            std::forward<Args>(args)...);
}

template <class F, class... Args>
    requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
[[nodiscard]] WEFT_SITE_INLINE inline future<detail::async_result<F, Args...>>
async(launch how, const attributes& wanted, F&& function, Args&&... args)
{
    return detail::async_at(detail::here(), how, &wanted, std::allocator<std::byte>(), std::forward<F>(function),
                            std::forward<Args>(args)...);
}

template <class F, class... Args>
    requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
[[nodiscard]] WEFT_SITE_INLINE inline future<detail::async_result<F, Args...>> async(launch how, F&& function,
                                                                                     Args&&... args)
{
    return detail::async_at(detail::here(), how, detail::default_attributes, std::allocator<std::byte>(),
                            std::forward<F>(function), std::forward<Args>(args)...);
}

template <class F, class... Args>
    requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
[[nodiscard]] WEFT_SITE_INLINE inline future<detail::async_result<F, Args...>> async(const attributes& wanted,
                                                                                     F&& function, Args&&... args)
{
    return detail::async_at(detail::here(), launch::post, &wanted, std::allocator<std::byte>(),
                            std::forward<F>(function), std::forward<Args>(args)...);
}

/// With `launch::post`.
template <class F, class... Args>
    requires std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>
[[nodiscard]] WEFT_SITE_INLINE inline future<detail::async_result<F, Args...>> async(F&& function, Args&&... args)
{
    return detail::async_at(detail::here(), launch::post, detail::default_attributes, std::allocator<std::byte>(),
                            std::forward<F>(function), std::forward<Args>(args)...);
}

} // namespace weft

#endif
