// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "pool_parts.hpp"
#include "report.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

// The side of a fiber_pool's workers.

namespace weft
{

using detail::pool_worker;
using detail::queue_lock;
using detail::time_point;
using detail::wake_reason;

// ── idle workers ────────────────────────────────────────────────────────────────────────────────────────────────────

std::size_t fiber_pool::available() const noexcept
{
    const std::lock_guard guard(lock());
    return idle_;
}

void fiber_pool::push_idle(pool_worker& worker) noexcept
{
    worker.idle = true;
    worker.below = std::exchange(top_, &worker);
    if (worker.below == nullptr)
    {
        bottom_ = &worker;
    }
    ++idle_;
}

pool_worker* fiber_pool::pop_idle() noexcept
{
    const auto worker = top_;
    if (worker != nullptr)
    {
        remove_idle(*worker);
    }
    return worker;
}

pool_worker* fiber_pool::take_idle() noexcept
{
    const auto worker = pop_idle();
    if (worker != nullptr)
    {
        worker->given = true;
        worker->taken_with = worker->ticket;
    }
    return worker;
}

void fiber_pool::remove_idle(pool_worker& worker) noexcept
{
    worker.idle = false;
    --idle_;
    if (top_ == &worker)
    {
        top_ = worker.below;
        return;
    }
    auto above = top_;
    while (above->below != &worker)
    {
        above = above->below;
    }
    above->below = worker.below;
    if (bottom_ == &worker)
    {
        bottom_ = above;
    }
}

bool fiber_pool::has_nothing_to_do() const noexcept
{
    return idle_ == alive_ && delayed_.empty();
}

bool fiber_pool::take_due_job(pool_worker& who) noexcept
{
    if (delayed_.empty() || delayed_.begin()->due > core_->now())
    {
        return false;
    }
    auto& first = *delayed_.begin();
    delayed_.erase(delayed_.begin());
    who.job.take(first.job);
    keep_spare(first);
    return true;
}

bool fiber_pool::give_due_jobs(const pool_worker& me, std::unique_lock<queue_lock>& guard) noexcept
{
    pool_worker* woken = nullptr;
    auto end = &woken;
    while (top_ != nullptr && take_due_job(*top_))
    {
        const auto worker = take_idle();
        worker->below = nullptr;
        *end = worker;
        end = &worker->below;
    }
    if (woken == nullptr)
    {
        return false;
    }
    guard.unlock();
    const bool are_others = woken != &me;
    while (woken != nullptr)
    {
        auto& worker = *std::exchange(woken, woken->below);
        hand_over(worker);
    }
    if (are_others)
    {
        // Their jobs were due before the one that this worker may have got.
        detail::let_others_run(*core_);
    }
    guard.lock();
    return true;
}

// ── what a worker does ──────────────────────────────────────────────────────────────────────────────────────────────

void fiber_pool::work(pool_worker& me)
{
    while (next_job(me))
    {
        run_job(me);
    }
}

bool fiber_pool::next_job(pool_worker& me)
{
    std::unique_lock guard(lock());
    for (;;)
    {
        if (me.given)
        {
            if (me.handed_over)
            {
                me.given = me.handed_over = false;
                return true;
            }
        }
        else if (me.handle.record()->cancel_pending && !stopped_)
        {
            stop_and_unlock(guard);
            guard.lock();
            continue;
        }
        else if (!me.idle)
        {
            if (take_due_job(me))
            {
                return true;
            }
            if (const auto post = posts_.claim_first_if([](const detail::wait_entry&) { return true; }))
            {
                guard.unlock();
                if (take_waiting_post(me, *post))
                {
                    return true;
                }
                guard.lock();
                continue;
            }
            if (stopped_)
            {
                return false;
            }
            push_idle(me);
            if (joining_ && has_nothing_to_do())
            {
                stop_and_unlock(guard);
                guard.lock();
                continue;
            }
        }
        if (sleep(me, guard))
        {
            return true;
        }
    }
}

bool fiber_pool::take_waiting_post(pool_worker& me, detail::wait_entry& entry) noexcept
{
    auto& post = static_cast<detail::waiting_post&>(entry);
    bool taken = true;
    try
    {
        post.emplace(me.job, post.function, may_allocate_);
    }
    catch (...)
    {
        post.error = std::current_exception();
        taken = false;
    }
    detail::deliver(post.who);
    return taken;
}

// True if the worker has been given a job. Takes the lock otherwise.
bool fiber_pool::sleep(pool_worker& me, std::unique_lock<queue_lock>& guard)
{
    auto& self = *me.handle.record();
    const auto keeps_time = me.idle && bottom_ == &me && !delayed_.empty();
    const auto limit = keeps_time ? delayed_.begin()->due : time_point::max();
    const auto ticket = self.arm(me.given ? detail::wait_kind::plain : detail::wait_kind::interruptible);
    me.ticket = ticket;
    guard.unlock();
    const auto reason = core_->park_until(self, ticket, limit);
    if (reason == wake_reason::notified)
    {
        // Whoever has done that has no more to do with this worker: these are its own now.
        me.ticket = 0;
        me.handed_over = false;
        if (std::exchange(me.given, false))
        {
            return true;
        }
        guard.lock();
        return false;
    }
    guard.lock();
    me.ticket = 0;
    if (keeps_time && reason == wake_reason::timed_out && !give_due_jobs(me, guard))
    {
        // Woken to look again, or no memory for the timer: others go first.
        guard.unlock();
        detail::let_others_run(*core_);
        guard.lock();
    }
    return false;
}

void fiber_pool::leave(pool_worker& me) noexcept
{
    std::unique_lock guard(lock());
    if (me.idle)
    {
        remove_idle(me);
    }
    if (--alive_ != 0)
    {
        return;
    }
    stop_and_unlock(guard);
    ended_.notify_all([this] { all_ended_ = true; });
}

void fiber_pool::run_job(pool_worker& me)
{
    auto& self = *me.handle.record();
    try
    {
        me.job();
    }
    catch (const detail::tear_down_unwind&)
    {
        me.job.reset();
        throw;
    }
    catch (const boost::system::system_error& failure)
    {
        // A job that ends because it was asked to has not failed.
        if (!self.cancel_pending || failure.code() != boost::asio::error::operation_aborted)
        {
            fail(me, std::current_exception());
        }
    }
    catch (...)
    {
        fail(me, std::current_exception());
    }
    me.job.reset();
}

void fiber_pool::fail(pool_worker& me, std::exception_ptr why) noexcept
{
    if (on_failure_)
    {
        on_failure_(std::move(why));
        return;
    }
    auto& self = *me.handle.record();
    self.error = std::move(why);
    detail::report_unhandled(self);
}

} // namespace weft
