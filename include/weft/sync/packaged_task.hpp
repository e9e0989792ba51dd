// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_PACKAGED_TASK_HPP
#define WEFT_SYNC_PACKAGED_TASK_HPP

#include <weft/sync/detail/state_pointer.hpp>
#include <weft/sync/detail/value_state.hpp>
#include <weft/sync/future.hpp>

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace weft
{

namespace detail
{

/// The state of a task, whatever its function is.
template <class R, class... Args>
class task_state : public value_state<R>
{
public:
    /// Errors: `promise_already_satisfied`.
    void run_task(Args... args)
    {
        this->claim();
        run_(*this, std::forward<Args>(args)...);
    }

    /// A fresh state with the same function.
    task_state& renew()
    {
        return renew_(*this);
    }

protected:
    using run_function = void (*)(task_state&, Args&&...);
    using renew_function = task_state& (*)(task_state&);

    task_state(typename future_state::destructor destroy, run_function how_to_run, renew_function how_to_renew) noexcept
        : value_state<R>(destroy), run_(how_to_run), renew_(how_to_renew)
    {
    }

private:
    const run_function run_;
    const renew_function renew_;
};

/// The state together with the function, in one piece of memory.
template <class F, class Allocator, class R, class... Args>
class function_state : public task_state<R, Args...>
{
public:
    using state = task_state<R, Args...>;
    using allocated = allocated_state<function_state, Allocator>;

protected:
    template <class G>
    function_state(typename future_state::destructor destroy, G&& function)
        : state(destroy, &run_it, &renew_it), function_(std::forward<G>(function))
    {
    }

private:
    static void run_it(state& self, Args&&... args)
    {
        self.run([&]() -> decltype(auto) {
            return std::invoke(static_cast<function_state&>(self).function_, std::forward<Args>(args)...);
        });
    }

    static state& renew_it(state& self)
    {
        auto& whole = static_cast<allocated&>(self);
        return allocated::make(whole.allocator(), std::move(static_cast<function_state&>(self).function_));
    }

    F function_;
};

} // namespace detail

/// Without a signature of a function there is none.
template <class Signature>
class packaged_task;

/// A function whose result goes to a `future`, with the interface of `std::packaged_task`. Function and state are one
/// allocation. Its end without a call breaks the promise.
///
/// Errors: all members but `valid` throw `std::future_error` with `no_state` if it has no function.
/// Thread safety: as `promise`.
template <class R, class... Args>
class packaged_task<R(Args...)>
{
public:
    packaged_task() noexcept = default;

    /// Errors: `std::bad_alloc`, what copying the function throws.
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, packaged_task> &&
                 std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
    explicit packaged_task(F&& function)
        : packaged_task(std::allocator_arg, std::allocator<std::byte>(), std::forward<F>(function))
    {
    }

    template <class Allocator, class F>
        requires std::is_invocable_r_v<R, std::decay_t<F>&, Args...>
    packaged_task(std::allocator_arg_t, const Allocator& allocator, F&& function)
        : state_(detail::function_state<std::decay_t<F>, Allocator, R, Args...>::allocated::make(
              allocator, std::forward<F>(function)))
    {
    }

    bool valid() const noexcept
    {
        return static_cast<bool>(state_);
    }

    /// The future, once. Errors: `future_already_retrieved`.
    future<R> get_future()
    {
        return detail::future_access::retrieve<R>(*state_);
    }

    /// Calls the function; what it returns or throws goes to the future. Errors: `promise_already_satisfied` the second
    /// time.
    void operator()(Args... args)
    {
        (*state_).run_task(std::forward<Args>(args)...);
    }

    /// Takes a fresh state, so that the function can be called again; the promise for the former one is broken if that
    /// has no result. Errors: `std::bad_alloc`, what moving the function throws.
    void reset()
    {
        state_ = pointer((*state_).renew());
    }

    void swap(packaged_task& other) noexcept
    {
        std::swap(state_, other.state_);
    }

private:
    using pointer = detail::promise_pointer<detail::task_state<R, Args...>>;

    pointer state_;
};

template <class Signature>
void swap(packaged_task<Signature>& a, packaged_task<Signature>& b) noexcept
{
    a.swap(b);
}

} // namespace weft

#endif
