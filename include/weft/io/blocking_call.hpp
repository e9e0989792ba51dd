// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_BLOCKING_CALL_HPP
#define WEFT_IO_BLOCKING_CALL_HPP

#include <weft/fiber/on_thread_stack.hpp>
#include <weft/io/detail/blocking_task.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace weft
{

/// Bounds of a `blocking_pool`.
struct blocking_pool_options
{
    std::size_t min_threads = 0;                 ///< kept when there is nothing to do
    std::size_t max_threads = 64;                ///< at least 1
    std::chrono::milliseconds idle_time{10'000}; ///< after which a thread above `min_threads` ends
    std::size_t queue_limit = 65'536;            ///< calls that may wait for a thread; further ones are refused
    std::string name = "weft-blocking";          ///< of the threads; the system may shorten it
};

/// What a `blocking_pool` has done and has in hand.
struct blocking_pool_statistics
{
    std::size_t threads = 0;    ///< that exist
    std::size_t idle = 0;       ///< of the threads
    std::size_t queued = 0;     ///< calls that no thread has begun
    std::size_t running = 0;    ///< calls that a thread is at
    std::uint64_t done = 0;     ///< calls that have returned or thrown
    std::uint64_t canceled = 0; ///< calls that were taken back before a thread had begun them
    std::uint64_t refused = 0;  ///< because the queue was full, or no thread could be made
};

/// Threads for functions that block or compute for long, so that the thread of the fibers does not. Threads are made when
/// a call finds none idle, and end when they have been idle for a while. All signals are blocked in them, except those
/// that a fault raises.
///
/// Most programs need only `blocking_call`, which uses the process's own pool. One of its own is for calls that may block
/// for very long and must not keep others, for instance the reads of files, from their turn.
///
/// Thread safety: any thread, any fiber.
class blocking_pool
{
public:
    using options = blocking_pool_options;

    /// Starts `min_threads`. Errors: `invalid_argument` where the bounds make no sense;
    /// `resource_unavailable_try_again` if there can be no thread; `std::bad_alloc`.
    blocking_pool() : blocking_pool(options{}) {}
    explicit blocking_pool(const options& bounds);

    /// Calls that no thread has begun end with `operation_aborted`. Blocks: the thread, until those that run are done.
    ~blocking_pool();
    blocking_pool(const blocking_pool&) = delete;
    blocking_pool& operator=(const blocking_pool&) = delete;

    /// The pool of the process, made at the first call. It is never destroyed: at the exit of the process its threads
    /// are idle, or end with the process.
    static blocking_pool& shared();

    /// Returns what `function()` returns, throws what that throws; see `blocking_call`.
    template <class F>
        requires std::invocable<F>
    std::invoke_result_t<F> call(F&& function)
    {
        if (!detail::is_blocking_call_of_fiber())
        {
            return std::invoke(std::forward<F>(function));
        }
        detail::blocking_closure<F> task(function);
        detail::run_blocking_or_throw(*core_, task);
        return task.get();
    }

    /// What holds for later calls. Threads above the new bound end when they have nothing to do. The name is not changed.
    /// Errors: `invalid_argument`, and nothing has changed then.
    void set_options(const options& bounds);

    /// At this moment. Blocks: never. Thread safety: any thread.
    blocking_pool_statistics statistics() const;

    /// For weft's own layers.
    detail::blocking_core& core() const noexcept
    {
        return *core_;
    }

private:
    std::shared_ptr<detail::blocking_core> core_;
};

/// Calls `function()` on another thread, and the fiber waits: for what would block the thread of all fibers, a system
/// call, a library that knows nothing of fibers, or a long computation. Returns what that returns, throws what that
/// throws. What `function` refers to may be in the waiting frame. It is not in a fiber: `this_fiber` and
/// `fiber_specific_ptr` know nothing there, and locks that the fiber holds are not its own.
///
/// Nothing is allocated for the call. Outside of fibers it is an ordinary call.
///
/// Blocks: the fiber.
/// Cancellation: at entry, and while no thread has begun the call: throws `operation_aborted`, and `function` is never
/// called. A call that has begun is waited for to its end, whatever happens to the fiber, and its result is returned; the
/// next wait reports the cancellation. When the execution context is destroyed, its thread waits for calls that have
/// begun.
/// Errors: what the function throws; `timed_out` when the inherited deadline comes before a thread has begun the call;
/// `no_buffer_space` when the pool's queue is full, `resource_unavailable_try_again` when there is no thread and none can
/// be made; `operation_not_permitted` inside of `on_thread_stack`.
template <class F>
    requires std::invocable<F>
std::invoke_result_t<F> blocking_call(F&& function)
{
    return blocking_pool::shared().call(std::forward<F>(function));
}

} // namespace weft

#endif
