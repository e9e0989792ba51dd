// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_IO_BLOCKING_CORE_HPP
#define WEFT_LIB_IO_BLOCKING_CORE_HPP

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/io/blocking_call.hpp>

#include <boost/intrusive/list.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace weft::detail
{

/// What a `blocking_pool` and its threads share. The threads are detached and keep it alive.
class blocking_core : public std::enable_shared_from_this<blocking_core>
{
public:
    /// One that `all` knows.
    static std::shared_ptr<blocking_core> make(const blocking_pool_options& bounds);
    static std::vector<std::shared_ptr<blocking_core>> all();
    /// The same; no pool is made while the lock is held.
    static std::vector<std::shared_ptr<blocking_core>> all(std::unique_lock<std::mutex>& held);

    explicit blocking_core(const blocking_pool_options& bounds) : options_(bounds) {}

    void set_options(const blocking_pool_options& bounds);
    blocking_pool_statistics statistics() const
    {
        const std::lock_guard guard(mutex_);
        return {threads_, idle_.size(), queue_.size(), running_, done_, canceled_, refused_};
    }
    void start_min_threads();

    /// The task's waiter is armed. With an error it is not in the queue.
    boost::system::error_code submit(blocking_task& task);
    /// After a wait for the task that has ended otherwise: takes the task back, or waits for its end.
    boost::system::error_code settle(blocking_task& task, scheduler_core& scheduler, wait_outcome outcome);

    /// Blocks the thread until no task of this execution context is in the pool.
    void leave(const void* home);
    /// Blocks the thread until no thread is left.
    void close();

    // Around a fork; the pool stands still in between.
    void before_fork();
    void after_fork_in_parent();
    void after_fork_in_child();
    void restart_in_child(); ///< when all pools have forgotten their threads, whose stacks new ones may get

private:
    struct worker : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>
    {
        std::condition_variable called;
        bool is_called = false;
        blocking_task* task = nullptr; ///< null once its waiter may go on
        const void* home = nullptr;    ///< of the task, until its waiter has been told
    };
    using workers = boost::intrusive::list<worker>;
    using lock_type = std::unique_lock<std::mutex>;

    void start_thread();
    void work();
    bool sleep(worker& me, lock_type& lock);
    /// Waits for a few instructions of others.
    void await_callers() const noexcept
    {
        while (calling_.load(std::memory_order_acquire) != 0)
        {
            std::this_thread::yield();
        }
    }
    void run_next(worker& me, lock_type& lock);
    void withdraw(blocking_task& task);
    bool is_busy_for(const void* home) const;

    mutable std::mutex mutex_;
    std::condition_variable changed_; ///< a task has ended, or a thread
    blocking_pool_options options_;
    boost::intrusive::list<blocking_task> queue_;
    workers idle_; ///< the one that came last is called first, so that the others' time runs out
    workers busy_;
    std::size_t threads_ = 0;
    std::size_t running_ = 0;
    std::atomic<int> calling_{0}; ///< threads that notify a worker just now, without the lock
    std::size_t telling_ = 0;     ///< threads that wake a waiter just now, without the lock
    std::size_t watchers_ = 0;    ///< of `changed_`
    std::uint64_t done_ = 0;
    std::uint64_t canceled_ = 0;
    std::uint64_t refused_ = 0;
    bool closing_ = false;
};

} // namespace weft::detail

#endif
