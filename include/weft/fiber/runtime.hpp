// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_RUNTIME_HPP
#define WEFT_FIBER_RUNTIME_HPP

// In one piece: a single class, whose contracts are half of the text; what takes no user's type is in lib already.

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/detail/fiber_body.hpp>
#include <weft/fiber/detail/kept_call.hpp>
#include <weft/fiber/detail/runtime_call.hpp>
#include <weft/fiber/detail/spawn_site.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/runtime_options.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace weft
{

namespace detail
{

class runtime_core;

template <class F, class... Args>
concept callable_with = std::is_invocable_v<std::decay_t<F>, std::decay_t<Args>...>;

/// What is behind a function without arguments is a completion token.
template <class F, class Token>
concept callable_for = callable_with<F> && !callable_with<F, Token>;

} // namespace detail

/// Fibers on many cores, share-nothing: a number of workers, each of them a thread with an io_context and a scheduler of
/// its own. A fiber stays on its worker, and what only one worker's fibers touch needs no lock between two waits.
/// Everything that waits works across workers: locks, queues, futures, `fiber::join`.
///
///     int main()
///     {
///         weft::runtime workers;              // one for each usable core
///         return workers.run([&] {
///             for (int i = 0; i < 100; ++i)
///                 workers.spawn(work, i);     // on the workers in turn
///         });
///     }
///
/// An exception that leaves a fiber which nobody joins does not end the program, as it does on a lone scheduler: it is
/// logged, and the first one leaves `run` or `join`.
///
/// Thread safety: any thread and any fiber, except where a member says otherwise.
class runtime
{
public:
    /// Nothing runs before `start`, `run` or `join`; what is spawned earlier waits for that.
    ///
    /// Errors: `invalid_argument` for stacks that are too small; those of the io_context: descriptors may be short.
    explicit runtime(runtime_options options = {});
    explicit runtime(std::size_t workers) : runtime(runtime_options{.workers = workers}) {}

    /// `stop(0s)`, then waits for the fibers' end. A failure that nobody was told of is in the log. One of its own fibers
    /// that destroys it ends in `std::terminate`.
    ~runtime();

    runtime(const runtime&) = delete;
    runtime& operator=(const runtime&) = delete;

    /// How many workers there are.
    std::size_t size() const noexcept;

    /// Starts the workers' threads; all of them, or none: nothing that was spawned has run then, and another attempt may
    /// succeed. Again has no effect.
    ///
    /// Blocks: the thread, until all are there.
    /// Errors: `std::system_error` where the system has no further thread to give; `operation_aborted` when it has been
    /// stopped.
    void start();

    /// Calls `function` in a fiber on worker 0, after `start` if that is still to be done, returns what it returns (0 if
    /// that is nothing), and stops in between: when the function has returned, as `stop()`, when it has thrown, as
    /// `stop(0s)`. All fibers have ended then.
    ///
    /// Blocks: the thread.
    /// Errors: what the function throws; else the first failure of a fiber that nobody joined; those of `start`;
    /// `operation_aborted` if the function was cancelled, because another has stopped the runtime;
    /// `resource_deadlock_would_occur` from one of its own fibers.
    template <class F>
        requires detail::callable_with<F>
    WEFT_SITE_INLINE auto run(F&& function)
    {
        detail::kept_call<std::decay_t<F>> first{std::forward<F>(function)};
        run_first(detail::here(), &detail::kept_call<std::decay_t<F>>::call, &first);
        return std::move(*first.value);
    }

    /// Waits until all fibers have ended that were spawned through the runtime, by then or while this waits; then takes
    /// no further ones, waits for those that these have made, and ends the threads. After `stop`, for what that says.
    /// Starts the workers if that is still to be done.
    ///
    /// Blocks: the thread.
    /// Errors: the first failure of a fiber that nobody joined, in each call again; those of `start`;
    /// `resource_deadlock_would_occur` from one of its own fibers.
    void join();

    /// Takes no further fibers; those that are there may go on for the `grace` of the options, and are cancelled then.
    /// How soon nothing is left is up to them: `join` waits for each. A worker ends when it has no fibers any more, and
    /// nothing else within the grace.
    ///
    /// Blocks: never. Again it can only shorten the grace. Not in a signal handler, but in a fiber that has waited for the
    /// signal.
    void stop() noexcept;
    void stop(std::chrono::steady_clock::duration grace) noexcept;

    /// Whether it takes no further fibers.
    bool is_stopping() const noexcept;

    /// Starts a fiber that calls `function(args...)`, decayed copies, on the worker that `runtime_options::placement`
    /// chooses.
    ///
    /// Blocks: never.
    /// Errors: `operation_aborted` when the runtime has been stopped; `std::bad_alloc`, `invalid_argument` for a stack that
    /// is too small; what copying the arguments throws. Nothing has happened then. Lack of memory for the stack is a
    /// failure of the fiber.
    template <class F, class... Args>
        requires detail::callable_with<F, Args...>
    WEFT_SITE_INLINE void spawn(F&& function, Args&&... args)
    {
        collect(detail::here(), place_somewhere(), detail::default_attributes,
                detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...));
    }
    template <class F, class... Args>
        requires detail::callable_with<F, Args...>
    WEFT_SITE_INLINE void spawn(const attributes& wanted, F&& function, Args&&... args)
    {
        collect(detail::here(), place_somewhere(), &wanted,
                detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...));
    }

    /// With a completion token, as `weft::spawn`: the result and the exception go there. `asio::detached` is as none.
    template <class F, class Token>
        requires detail::callable_for<F, Token>
    WEFT_SITE_INLINE auto spawn(F&& function, Token&& token)
    {
        return complete(detail::here(), anywhere, detail::default_attributes, std::forward<F>(function),
                        std::forward<Token>(token));
    }
    template <class F, class Token>
        requires detail::callable_for<F, Token>
    WEFT_SITE_INLINE auto spawn(const attributes& wanted, F&& function, Token&& token)
    {
        return complete(detail::here(), anywhere, &wanted, std::forward<F>(function), std::forward<Token>(token));
    }

    /// As `spawn`, on that worker. Errors: `invalid_argument` if there is none of that number.
    template <class F, class... Args>
        requires detail::callable_with<F, Args...>
    WEFT_SITE_INLINE void spawn_on(std::size_t worker, F&& function, Args&&... args)
    {
        collect(detail::here(), place_on(worker), detail::default_attributes,
                detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...));
    }
    template <class F, class... Args>
        requires detail::callable_with<F, Args...>
    WEFT_SITE_INLINE void spawn_on(std::size_t worker, const attributes& wanted, F&& function, Args&&... args)
    {
        collect(detail::here(), place_on(worker), &wanted,
                detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...));
    }
    template <class F, class Token>
        requires detail::callable_for<F, Token>
    WEFT_SITE_INLINE auto spawn_on(std::size_t worker, F&& function, Token&& token)
    {
        return complete(detail::here(), worker, detail::default_attributes, std::forward<F>(function),
                        std::forward<Token>(token));
    }
    template <class F, class Token>
        requires detail::callable_for<F, Token>
    WEFT_SITE_INLINE auto spawn_on(std::size_t worker, const attributes& wanted, F&& function, Token&& token)
    {
        return complete(detail::here(), worker, &wanted, std::forward<F>(function), std::forward<Token>(token));
    }

    /// As `spawn`, with a handle to join: from any fiber, of whatever worker, or thread. What leaves the fiber goes to
    /// the joiner.
    template <class F, class... Args>
        requires detail::callable_with<F, Args...>
    WEFT_SITE_INLINE fiber make_fiber(F&& function, Args&&... args)
    {
        return make_joinable(detail::here(), place_somewhere(), detail::default_attributes,
                             detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...));
    }
    template <class F, class... Args>
        requires detail::callable_with<F, Args...>
    WEFT_SITE_INLINE fiber make_fiber(const attributes& wanted, F&& function, Args&&... args)
    {
        return make_joinable(detail::here(), place_somewhere(), &wanted,
                             detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...));
    }
    /// As `make_fiber`, on that worker. Errors: `invalid_argument` if there is none of that number.
    template <class F, class... Args>
        requires detail::callable_with<F, Args...>
    WEFT_SITE_INLINE fiber make_fiber_on(std::size_t worker, F&& function, Args&&... args)
    {
        return make_joinable(detail::here(), place_on(worker), detail::default_attributes,
                             detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...));
    }
    template <class F, class... Args>
        requires detail::callable_with<F, Args...>
    WEFT_SITE_INLINE fiber make_fiber_on(std::size_t worker, const attributes& wanted, F&& function, Args&&... args)
    {
        return make_joinable(detail::here(), place_on(worker), &wanted,
                             detail::bind_call(std::forward<F>(function), std::forward<Args>(args)...));
    }

    /// For sockets and timers of that worker's fibers, and for `asio::post`. What a handler throws is a failure as that of
    /// a fiber. Errors: `invalid_argument` if there is no such worker.
    boost::asio::io_context::executor_type get_executor(std::size_t worker) const;

    /// What `weft::spawn` starts there is not counted by the runtime, which waits for it all the same.
    weft::scheduler scheduler(std::size_t worker) const;

    /// The number of the worker that this is called on, also outside of fibers; `size()` anywhere else.
    std::size_t this_worker() const noexcept;

    /// What that worker has done. Errors: `invalid_argument` if there is none of that number.
    worker_counters counters(std::size_t worker) const;

    /// Of all workers together.
    worker_counters counters() const noexcept;

    /// For weft's own layers.
    detail::runtime_core& core() const noexcept
    {
        return *core_;
    }

private:
    static constexpr auto anywhere = static_cast<std::size_t>(-1);

    detail::runtime_place place_somewhere() const;
    detail::runtime_place place_on(std::size_t worker) const;
    detail::runtime_place place(std::size_t worker) const
    {
        return worker == anywhere ? place_somewhere() : place_on(worker);
    }
    void run_first(const void* site, void (*call)(void* what), void* what);

    template <class F>
    static void collect(const void* site, detail::runtime_place place, const attributes* wanted, F&& call)
    {
        auto& core = place.core();
        using body = detail::collected_call<std::decay_t<F>>;
        auto& record = detail::make_record(core, detail::current_core() == &core, site, wanted,
                                           body{std::move(place), std::forward<F>(call)});
        detail::start_detached(weft::scheduler(core), record, wanted);
    }

    template <class F>
    static fiber make_joinable(const void* site, detail::runtime_place place, const attributes* wanted, F&& call)
    {
        auto& core = place.core();
        using body = detail::counted_call<std::decay_t<F>>;
        return fiber(site, core, wanted, body{std::move(place), std::forward<F>(call)});
    }

    template <class F, class Token>
    auto complete(const void* site, std::size_t worker, const attributes* wanted, F&& function, Token&& token)
    {
        using function_type = std::decay_t<F>;
        if constexpr (std::is_same_v<std::decay_t<Token>, boost::asio::detached_t>)
        {
            collect(site, place(worker), wanted, std::forward<F>(function));
        }
        else
        {
            using signature = typename detail::spawn_signature<std::invoke_result_t<function_type>>::type;
            return boost::asio::async_initiate<Token, signature>(
                // A lazy token asks for its place when it starts.
                [this, site, worker, own = detail::owned_attributes(wanted)](auto handler, auto call) mutable {
                    auto mine = place(worker);
                    auto& core = mine.core();
                    using body = detail::counted_call<decltype(call)>;
                    detail::spawn_at(site, weft::scheduler(core), own.get(), body{std::move(mine), std::move(call)},
                                     std::move(handler));
                },
                token, function_type(std::forward<F>(function)));
        }
    }

    std::unique_ptr<detail::runtime_core> core_;
};

} // namespace weft

#endif
