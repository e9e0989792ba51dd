// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "blocking_core.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <csignal>
#include <new>
#include <pthread.h>
#include <system_error>
#include <thread>

namespace weft::detail
{
namespace
{

namespace errc = boost::system::errc;
using boost::system::error_code;
using progress = blocking_task::progress;

struct registry
{
    std::mutex mutex;
    std::vector<std::weak_ptr<blocking_core>> pools; // guarded by mutex
};

registry& known_pools()
{
    static auto& only = *new registry; // pools in static objects may go at any time
    return only;
}

void require_sensible(const blocking_pool_options& bounds)
{
    if (bounds.max_threads == 0 || bounds.min_threads > bounds.max_threads || bounds.idle_time.count() < 0)
    {
        throw boost::system::system_error(make_error_code(errc::invalid_argument), "weft::blocking_pool");
    }
}

/// While it lives, threads are made that get no signals but those of faults.
class blocked_signals
{
public:
    blocked_signals()
    {
        sigset_t all;
        ::sigfillset(&all);
        for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS})
        {
            ::sigdelset(&all, fault);
        }
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    blocked_signals(const blocked_signals&) = delete;
    blocked_signals& operator=(const blocked_signals&) = delete;
    ~blocked_signals()
    {
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

private:
    sigset_t before_{};
};

} // namespace

std::shared_ptr<blocking_core> blocking_core::make(const blocking_pool_options& bounds)
{
    require_sensible(bounds);
    auto made = std::make_shared<blocking_core>(bounds);
    auto& known = known_pools();
    const std::lock_guard guard(known.mutex);
    std::erase_if(known.pools, [](const auto& pool) { return pool.expired(); });
    known.pools.push_back(made);
    return made;
}

std::vector<std::shared_ptr<blocking_core>> blocking_core::all()
{
    std::unique_lock<std::mutex> held;
    return all(held);
}

std::vector<std::shared_ptr<blocking_core>> blocking_core::all(std::unique_lock<std::mutex>& held)
{
    std::vector<std::shared_ptr<blocking_core>> found;
    auto& known = known_pools();
    held = std::unique_lock(known.mutex);
    for (const auto& one : known.pools)
    {
        if (auto pool = one.lock())
        {
            found.push_back(std::move(pool));
        }
    }
    return found;
}

void blocking_core::set_options(const blocking_pool_options& bounds)
{
    require_sensible(bounds);
    const std::lock_guard guard(mutex_);
    const auto name = std::move(options_.name);
    options_ = bounds;
    options_.name = name;
}

// ── the side of the fibers ──────────────────────────────────────────────────────────────────────────────────────────

error_code blocking_core::submit(blocking_task& task)
{
    lock_type lock(mutex_);
    if (closing_)
    {
        return boost::asio::error::operation_aborted;
    }
    // Whoever tells a waiter just now looks at the queue next: the fiber that was told may be here again already.
    const bool is_expected = queue_.size() < telling_;
    if (!is_expected && idle_.empty() && threads_ >= options_.max_threads && queue_.size() >= options_.queue_limit)
    {
        ++refused_;
        return make_error_code(errc::no_buffer_space);
    }
    worker* called = nullptr;
    if (!is_expected && !idle_.empty())
    {
        called = &idle_.front();
        idle_.pop_front();
        busy_.push_back(*called);
        called->is_called = true;
        calling_.fetch_add(1, std::memory_order_relaxed);
    }
    else if (!is_expected && threads_ < options_.max_threads)
    {
        try
        {
            start_thread();
        }
        catch (const std::exception&) // no memory, or no more threads
        {
            if (threads_ == 0)
            {
                ++refused_;
                return make_error_code(errc::resource_unavailable_try_again);
            }
        }
    }
    task.state = progress::queued;
    queue_.push_back(task);
    lock.unlock();
    if (called != nullptr)
    {
        called->called.notify_one(); // without the lock, for which it would only wait again
        calling_.fetch_sub(1, std::memory_order_release);
    }
    return {};
}

error_code blocking_core::settle(blocking_task& task, scheduler_core& scheduler, wait_outcome outcome)
{
    lock_type lock(mutex_);
    if (task.state == progress::queued)
    {
        queue_.erase(queue_.iterator_to(task));
        ++canceled_;
        return to_error(outcome);
    }
    if (task.state == progress::running)
    {
        auto& fiber = static_cast<fiber_record&>(*task.who);
        task.ticket = fiber.arm(wait_kind::patient);
        lock.unlock();
        scheduler.park(fiber);
        lock.lock();
    }
    // Only the end of the execution context has woken the fiber before. The frame must stay: here the thread waits.
    ++watchers_;
    changed_.wait(lock, [&task] { return task.state != progress::running; });
    --watchers_;
    return task.state == progress::done ? error_code() : boost::asio::error::operation_aborted;
}

// ── the side of the threads ─────────────────────────────────────────────────────────────────────────────────────────

void blocking_core::start_min_threads()
{
    const std::lock_guard guard(mutex_);
    while (threads_ < options_.min_threads)
    {
        start_thread();
    }
}

void blocking_core::start_thread()
{
    const blocked_signals blocked;
    std::thread fresh([self = shared_from_this()] { self->work(); });
    ++threads_;
    const auto shortened = options_.name.substr(0, 15); // the kernel refuses longer ones
    ::pthread_setname_np(fresh.native_handle(), shortened.c_str());
    fresh.detach();
}

void blocking_core::work()
{
    worker me;
    lock_type lock(mutex_);
    busy_.push_back(me);
    do
    {
        while (!queue_.empty())
        {
            run_next(me, lock);
        }
    } while (sleep(me, lock));
    --threads_;
    changed_.notify_all();
    lock.unlock();
    await_callers(); // they may still use what is in this frame
}

bool blocking_core::sleep(worker& me, lock_type& lock)
{
    constexpr std::chrono::milliseconds longest = std::chrono::hours(24);
    while (!closing_ && threads_ <= options_.max_threads)
    {
        busy_.erase(busy_.iterator_to(me));
        idle_.push_front(me);
        me.is_called = false;
        if (me.called.wait_for(lock, std::min(options_.idle_time, longest), [&me] { return me.is_called; }))
        {
            return true; // and is among the busy ones again
        }
        idle_.erase(idle_.iterator_to(me));
        busy_.push_back(me);
        if (threads_ > options_.min_threads)
        {
            break;
        }
    }
    busy_.erase(busy_.iterator_to(me));
    return false;
}

void blocking_core::run_next(worker& me, lock_type& lock)
{
    auto& task = queue_.front();
    queue_.pop_front();
    task.state = progress::running;
    me.task = &task;
    me.home = task.home;
    ++running_;
    lock.unlock();
    task.run(task);
    lock.lock();
    task.state = progress::done;
    me.task = nullptr;
    --running_;
    ++done_;
    // Without the lock the frame may go. A waiter that was claimed stays until it is told.
    const auto who = task.who;
    if (who == nullptr || who->claim(task.ticket, wake_reason::notified))
    {
        ++telling_;
        lock.unlock();
        who != nullptr ? deliver(*who) : task.discard(task);
        lock.lock();
        --telling_;
    }
    me.home = nullptr;
    if (watchers_ != 0)
    {
        changed_.notify_all();
    }
}

// ── ends ────────────────────────────────────────────────────────────────────────────────────────────────────────────

void blocking_core::withdraw(blocking_task& task)
{
    task.state = progress::withdrawn;
    if (task.who == nullptr)
    {
        task.discard(task);
    }
    else if (task.who->claim(task.ticket, wake_reason::notified))
    {
        deliver(*task.who);
    }
}

bool blocking_core::is_busy_for(const void* home) const
{
    return std::any_of(busy_.begin(), busy_.end(), [home](const worker& one) { return one.home == home; });
}

void blocking_core::leave(const void* home)
{
    lock_type lock(mutex_);
    for (auto place = queue_.begin(); place != queue_.end();)
    {
        auto& task = *place;
        if (task.home != home)
        {
            ++place;
            continue;
        }
        place = queue_.erase(place);
        ++canceled_;
        withdraw(task);
    }
    ++watchers_;
    changed_.wait(lock, [this, home] { return !is_busy_for(home); });
    --watchers_;
}

void blocking_core::close()
{
    lock_type lock(mutex_);
    closing_ = true;
    while (!queue_.empty())
    {
        auto& task = queue_.front();
        queue_.pop_front();
        ++canceled_;
        withdraw(task);
    }
    while (!idle_.empty())
    {
        auto& one = idle_.front();
        idle_.pop_front();
        busy_.push_back(one);
        one.is_called = true;
        one.called.notify_one();
    }
    ++watchers_;
    changed_.wait(lock, [this] { return threads_ == 0; });
    --watchers_;
    lock.unlock();
    await_callers();
}

// ── fork ────────────────────────────────────────────────────────────────────────────────────────────────────────────

void blocking_core::before_fork()
{
    lock_type lock(mutex_);
    ++watchers_;
    changed_.wait(lock, [this] { return telling_ == 0; });
    --watchers_;
    static_cast<void>(lock.release());
}

void blocking_core::after_fork_in_parent()
{
    mutex_.unlock();
}

void blocking_core::after_fork_in_child()
{
    // The threads are not here, but their stacks still are what they were. Whoever they waited with is forgotten.
    new (&changed_) std::condition_variable;
    watchers_ = 0;
    calling_ = 0;
    threads_ = 0;
    running_ = 0;
    idle_.clear();
    while (!busy_.empty())
    {
        const auto task = busy_.front().task;
        busy_.pop_front();
        if (task != nullptr)
        {
            withdraw(*task);
        }
    }
}

void blocking_core::restart_in_child()
{
    for (auto missing = std::min(queue_.size(), options_.max_threads); missing > 0; --missing)
    {
        try
        {
            start_thread();
        }
        catch (const std::exception&) // the next call tries again
        {
            break;
        }
    }
    mutex_.unlock();
}

} // namespace weft::detail
