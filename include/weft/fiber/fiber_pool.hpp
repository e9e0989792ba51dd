// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_FIBER_POOL_HPP
#define WEFT_FIBER_FIBER_POOL_HPP

// In one piece: a single class, whose contracts are half of the text and whose functions are in lib already.

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/detail/pool_worker.hpp>
#include <weft/fiber/detail/spawn_site.hpp>
#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/wait_queue.hpp>

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>

namespace weft
{

/// How large a `fiber_pool` is, and what its workers are made with.
struct fiber_pool_options
{
    /// Of each worker. `storage` is not used; a request of `stop` stops the pool.
    attributes worker = {};

    /// How many jobs of `post_after` can wait for their time at once.
    std::size_t max_delayed = 64;

    /// Is called on the worker with an exception that has left a job; must not throw. Without it such an exception ends
    /// as that of a detached fiber does: it is logged and `std::terminate` is called.
    std::function<void(std::exception_ptr)> on_failure = {};
};

/// A fixed number of fibers, the workers, that run posted jobs. The worker that became idle last gets the next job: its
/// stack is still in the cache, and what is not needed stays asleep. Jobs that wait for a worker get one in the order in
/// which they came.
///
/// A job is a function object, called once. Up to 64 bytes of it, if they can be moved without throwing, are kept in the
/// worker; what is larger is allocated, or, in a pool whose memory is the caller's, refused with `value_too_large`.
/// `fiber_specific_ptr` values, the name and the id are the worker's and stay from job to job, as a thread's do in a
/// thread pool.
///
/// The workers are fibers of one scheduler and live until the pool stops: until then the executor's `run()` does not
/// return. Cancelling a worker (`scheduler::cancel_all`, the end of the execution context) stops the pool.
///
/// Thread safety: any thread, any fiber, any handler, except for construction and destruction.
class fiber_pool
{
public:
    using options = fiber_pool_options;

    /// On the scheduler of the running fiber. Errors: those of making so many fibers; `invalid_argument` for no workers.
    WEFT_SITE_INLINE explicit fiber_pool(std::size_t workers, options wanted = {})
        : fiber_pool(detail::here(), scheduler::current(), nullptr, workers, std::move(wanted))
    {
    }

    /// On that of an io_context, executor, scheduler or `solo`. Errors: as above; a stack that cannot be had later, when
    /// a worker first runs, ends that worker as an exception of a job.
    template <class Where>
        requires requires(Where&& where) { detail::scheduler_for(std::forward<Where>(where)); }
    WEFT_SITE_INLINE fiber_pool(Where&& where, std::size_t workers, options wanted = {})
        : fiber_pool(detail::here(), detail::scheduler_for(std::forward<Where>(where)), nullptr, workers,
                     std::move(wanted))
    {
    }

    /// With workers, delayed jobs and stacks in memory of the caller's, which must stay as long as the pool: after
    /// construction neither the heap nor the system is asked for memory (see `fiber_storage` for what that does not
    /// cover). `memory_size` says how much there must be. The stacks have no guard.
    /// Errors: `invalid_argument` if the memory is too small.
    WEFT_SITE_INLINE fiber_pool(std::span<std::byte> memory, std::size_t workers, options wanted = {})
        : fiber_pool(detail::here(), scheduler::current(), &memory, workers, std::move(wanted))
    {
    }
    template <class Where>
        requires requires(Where&& where) { detail::scheduler_for(std::forward<Where>(where)); }
    WEFT_SITE_INLINE fiber_pool(Where&& where, std::span<std::byte> memory, std::size_t workers, options wanted = {})
        : fiber_pool(detail::here(), detail::scheduler_for(std::forward<Where>(where)), &memory, workers,
                     std::move(wanted))
    {
    }

    /// For the memory of a pool, in bytes.
    static constexpr std::size_t memory_size(std::size_t workers, std::size_t stack_size,
                                             std::size_t max_delayed) noexcept
    {
        return 2 * unit + max_delayed * sizeof(detail::delayed_job) +
               workers * (sizeof(detail::pool_worker) + area_size(stack_size));
    }

    fiber_pool(const fiber_pool&) = delete;
    fiber_pool& operator=(const fiber_pool&) = delete;

    /// As `stop`, then waits until all workers have ended, as `jfiber` does. Not to be called by a job, and not by a
    /// thread that the scheduler's executor needs.
    /// Blocks: the fiber, or the thread outside of fibers. Cancellation: none.
    ~fiber_pool();

    /// Gives the job to an idle worker; false, with the job as it was, if there is none or the pool has stopped.
    ///
    /// Blocks: never. Errors: what copying or moving the job throws, `std::bad_alloc` and `value_too_large` for one that
    /// does not fit the worker.
    template <class F>
        requires std::is_invocable_v<std::decay_t<F>>
    bool try_post(F&& job)
    {
        const auto worker = take_worker();
        if (worker == nullptr)
        {
            return false;
        }
        give(*worker, std::forward<F>(job));
        return true;
    }

    /// Gives the job to an idle worker, or waits for one. Posting to a pool all of whose workers do that to it waits for
    /// ever.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`; the job is as it was.
    /// Errors: `operation_aborted` if the pool has stopped, also while this waits; `timed_out` when the inherited deadline
    /// comes first; those of `try_post`.
    template <class F>
        requires std::is_invocable_v<std::decay_t<F>>
    void post(F&& job)
    {
        post_until(detail::time_point::max(), std::forward<F>(job));
    }

    /// As `post`; false, with the job as it was, if no worker was idle within that time.
    template <class Rep, class Period, class F>
        requires std::is_invocable_v<std::decay_t<F>>
    bool post_for(const std::chrono::duration<Rep, Period>& timeout, F&& job)
    {
        return post_until(detail::deadline_after(timeout), std::forward<F>(job));
    }

    template <class F>
        requires std::is_invocable_v<std::decay_t<F>>
    bool post_until(std::chrono::steady_clock::time_point limit, F&& job)
    {
        struct reference
        {
            F&& job;
        } where{std::forward<F>(job)};
        const auto emplace = [](detail::pool_job& into, void* function, bool may_allocate) {
            into.emplace(std::forward<F>(static_cast<reference*>(function)->job), may_allocate);
        };
        detail::pool_worker* worker = nullptr;
        if (!wait_for_worker(worker, &where, emplace, limit))
        {
            return false;
        }
        if (worker != nullptr)
        {
            give(*worker, std::forward<F>(job));
        }
        return true;
    }

    /// Gives the job to a worker when so much time has passed; if none is idle then, to the next one that is.
    ///
    /// Blocks: never. Errors: `operation_aborted` if the pool has stopped, `no_buffer_space` when `max_delayed` jobs wait
    /// for their time already; those of `try_post`.
    template <class Rep, class Period, class F>
        requires std::is_invocable_v<std::decay_t<F>>
    void post_after(const std::chrono::duration<Rep, Period>& delay, F&& job)
    {
        auto& fresh = take_delayed();
        try
        {
            fresh.job.emplace(std::forward<F>(job), may_allocate_);
        }
        catch (...)
        {
            return_delayed(fresh);
            throw;
        }
        enter_delayed(fresh, detail::bounded(delay));
    }

    /// Ends the pool: nothing is accepted from now on, each `post` that waits throws `operation_aborted`, jobs that wait
    /// for their time are destroyed, running ones are cancelled. Blocks: never.
    void stop() noexcept;

    /// Waits until there is nothing left to do, jobs that wait for their time and those that jobs post included; the pool
    /// stops then, and all workers have ended when this returns.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: throws `operation_aborted`; the pool stops nevertheless when it has nothing to do.
    /// Errors: `timed_out` when the inherited deadline comes first, `resource_deadlock_would_occur` in a job of the pool.
    void join();

    /// How many workers there are.
    std::size_t size() const noexcept
    {
        return count_;
    }

    /// How many of them are idle; a moment old where others post.
    std::size_t available() const noexcept;

private:
    struct worker_call;
    struct aftermath;

    static constexpr std::size_t unit = 64;

    /// The memory of one worker's record and stack.
    static constexpr std::size_t area_size(std::size_t stack_size) noexcept
    {
        return (stack_size + fiber_storage::record_bytes + unit - 1) / unit * unit;
    }

    fiber_pool(const void* site, const scheduler& where, const std::span<std::byte>* lent, std::size_t workers,
               options&& wanted);

    void carve(std::span<std::byte> memory, std::size_t max_delayed);
    void make_workers(const void* site, const scheduler& where, attributes wanted);
    void join_workers() noexcept;

    template <class F>
    void give(detail::pool_worker& worker, F&& job)
    {
        try
        {
            worker.job.emplace(std::forward<F>(job), may_allocate_);
        }
        catch (...)
        {
            take_back(worker);
            throw;
        }
        hand_over(worker);
    }

    detail::pool_worker* take_worker() noexcept;
    void hand_over(detail::pool_worker& worker) noexcept;
    void take_back(detail::pool_worker& worker) noexcept;
    bool wait_for_worker(detail::pool_worker*& worker, void* job, void (*emplace)(detail::pool_job&, void*, bool),
                         detail::time_point limit);

    detail::delayed_job& take_delayed();
    void return_delayed(detail::delayed_job& spare) noexcept;
    void enter_delayed(detail::delayed_job& fresh, detail::time_point::duration delay);

    // What a worker does.
    void work(detail::pool_worker& me);
    bool next_job(detail::pool_worker& me);
    void run_job(detail::pool_worker& me);
    bool take_waiting_post(detail::pool_worker& me, detail::wait_entry& entry) noexcept;
    bool sleep(detail::pool_worker& me, std::unique_lock<detail::queue_lock>& guard);
    bool give_due_jobs(const detail::pool_worker& me, std::unique_lock<detail::queue_lock>& guard) noexcept;
    void stop_and_unlock(std::unique_lock<detail::queue_lock>& guard) noexcept;
    void fail(detail::pool_worker& me, std::exception_ptr why) noexcept;
    void leave(detail::pool_worker& me) noexcept;

    // Under the lock.
    void push_idle(detail::pool_worker& worker) noexcept;
    detail::pool_worker* pop_idle() noexcept;
    detail::pool_worker* take_idle() noexcept;
    void remove_idle(detail::pool_worker& worker) noexcept;
    bool take_due_job(detail::pool_worker& who) noexcept;
    void keep_spare(detail::delayed_job& spare) noexcept;
    bool has_nothing_to_do() const noexcept;
    void stop_locked(aftermath& later) noexcept;

    detail::queue_lock& lock() const noexcept
    {
        return posts_.lock();
    }

    // Constant.
    const std::size_t count_;
    const bool may_allocate_;
    detail::scheduler_core* const core_; // the workers keep it alive
    const std::function<void(std::exception_ptr)> on_failure_;
    std::unique_ptr<std::byte[]> own_memory_;
    std::span<detail::pool_worker> workers_;
    std::span<detail::delayed_job> delayed_memory_;

    // Guarded by lock().
    detail::wait_list posts_; ///< of `waiting_post`; whoever waits here finds no idle worker
    detail::pool_worker* top_ = nullptr;
    detail::pool_worker* bottom_ = nullptr; ///< the one that has been idle longest keeps the time of delayed jobs
    std::size_t idle_ = 0;
    std::size_t alive_ = 0;
    bool stopped_ = false;
    bool joining_ = false;
    detail::delayed_jobs delayed_;
    detail::delayed_job* spare_ = nullptr;

    wait_queue ended_;
    bool all_ended_ = false; // guarded by the lock of ended_
};

} // namespace weft

#endif
