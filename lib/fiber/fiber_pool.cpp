// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber_pool.hpp>

#include "report.hpp"

#include <weft/fiber/detail/scheduler_core.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <thread>

namespace weft
{

using detail::delayed_job;
using detail::fiber_record;
using detail::pool_worker;
using detail::queue_lock;
using detail::time_point;
using detail::wake_reason;
namespace errc = boost::system::errc;

namespace
{

[[noreturn]] void throw_stopped()
{
    throw boost::system::system_error(boost::asio::error::operation_aborted, "weft: the fiber pool has stopped");
}

/// Ends the worker's sleep so that it looks again; the caller owes it a delivery after a true.
bool claim_to_look_again(pool_worker& worker) noexcept
{
    return worker.ticket != 0 && worker.handle.record()->claim(worker.ticket, wake_reason::timed_out);
}

/// A yield that does not throw, also not while the scheduler goes away.
void let_others_run(detail::scheduler_core& core) noexcept
{
    auto& self = *core.current;
    core.ready.push_back(self);
    core.leave(self);
}

time_point later_by(time_point now, time_point::duration delay) noexcept
{
    return delay > time_point::max() - now ? time_point::max() : now + delay;
}

} // namespace

void detail::throw_job_too_large(std::size_t bytes)
{
    throw boost::system::system_error(make_error_code(errc::value_too_large),
                                      "weft: a job of " + std::to_string(bytes) + " bytes; a pool that may not allocate takes " +
                                          std::to_string(pool_job::inline_bytes) +
                                          ", that can be moved without throwing");
}

/// The function of a worker's fiber. Leaves the pool when it is destroyed: also if the fiber never ran.
struct fiber_pool::worker_call
{
    explicit worker_call(pool_worker& who) noexcept : me(&who) {}
    worker_call(worker_call&& other) noexcept : me(std::exchange(other.me, nullptr)) {}
    worker_call& operator=(worker_call&&) = delete;
    ~worker_call()
    {
        if (me != nullptr)
        {
            me->pool->leave(*me);
        }
    }

    void operator()() &&
    {
        me->pool->work(*me);
    }

    /// The fiber cannot start.
    void fail(std::exception_ptr why) noexcept
    {
        me->pool->fail(*me, std::move(why));
    }

    pool_worker* me;
};

/// What is left to do without the lock when a pool has stopped.
struct fiber_pool::aftermath
{
    detail::wait_list::entries posts;
    pool_worker* woken = nullptr;
    delayed_job* dropped = nullptr;

    void finish(fiber_pool& pool) noexcept
    {
        detail::deliver_all(posts);
        while (dropped != nullptr)
        {
            auto& job = *std::exchange(dropped, dropped->next);
            job.job.reset();
            pool.return_delayed(job);
        }
        // Last: these end then, and with the last of them the pool may.
        while (woken != nullptr)
        {
            auto& worker = *std::exchange(woken, woken->below);
            detail::deliver(*worker.handle.record());
        }
    }
};

// ── begin and end ───────────────────────────────────────────────────────────────────────────────────────────────────

fiber_pool::fiber_pool(const void* site, scheduler where, std::span<std::byte> memory, std::size_t workers,
                       options&& wanted)
    : count_(workers), may_allocate_(memory.data() == nullptr), core_(&where.core()),
      on_failure_(std::move(wanted.on_failure))
{
    if (workers == 0)
    {
        throw boost::system::system_error(make_error_code(errc::invalid_argument), "weft: a fiber pool without workers");
    }
    if (may_allocate_)
    {
        const auto bytes = memory_size(workers, 0, wanted.max_delayed);
        own_memory_.reset(new std::byte[bytes]);
        memory = {own_memory_.get(), bytes};
    }
    carve(memory, wanted.max_delayed);
    try
    {
        make_workers(site, where, wanted.worker);
    }
    catch (...)
    {
        std::unique_lock guard(lock());
        stop_and_unlock(guard);
        join_workers();
        throw;
    }
}

fiber_pool::~fiber_pool()
{
    stop();
    join_workers();
}

void fiber_pool::carve(std::span<std::byte> memory, std::size_t max_delayed)
{
    const auto heads = count_ * sizeof(pool_worker) + max_delayed * sizeof(delayed_job);
    const auto before = (unit - reinterpret_cast<std::uintptr_t>(memory.data()) % unit) % unit;
    if (memory.size() < before + heads + unit)
    {
        throw boost::system::system_error(make_error_code(errc::invalid_argument),
                                          "weft: a fiber pool in " + std::to_string(memory.size()) +
                                              " bytes of memory; see fiber_pool::memory_size");
    }
    auto* next = memory.data() + before;
    workers_ = {reinterpret_cast<pool_worker*>(next), count_};
    next += count_ * sizeof(pool_worker);
    delayed_memory_ = {reinterpret_cast<delayed_job*>(next), max_delayed};
    next += max_delayed * sizeof(delayed_job);
    const auto area = static_cast<std::size_t>(memory.data() + memory.size() - next) / count_ / unit * unit;
    for (auto& worker : workers_)
    {
        ::new (static_cast<void*>(&worker)) pool_worker(*this);
        if (!may_allocate_)
        {
            worker.storage.emplace(std::span(next, area));
            next += area;
        }
    }
    for (auto& job : delayed_memory_)
    {
        keep_spare(*::new (static_cast<void*>(&job)) delayed_job);
    }
}

void fiber_pool::make_workers(const void* site, const scheduler& where, attributes wanted)
{
    for (auto& worker : workers_)
    {
        wanted.storage = worker.storage ? &*worker.storage : nullptr;
        auto& record = detail::make_record(*core_, where.is_current(), site, wanted, worker_call(worker));
        ++alive_;
        worker.handle.adopt(record);
    }
    for (auto worker = workers_.rbegin(); worker != workers_.rend(); ++worker)
    {
        push_idle(*worker);
    }
    for (auto& worker : workers_)
    {
        worker.handle.start();
    }
}

void fiber_pool::join_workers() noexcept
{
    for (auto& worker : workers_)
    {
        if (worker.handle.joinable())
        {
            worker.handle.join();
        }
        // A cancellation that was sent from elsewhere refers to the record until its scheduler has seen it.
        while (worker.storage && !worker.storage->idle())
        {
            if (const auto core = detail::current_core())
            {
                let_others_run(*core);
            }
            else
            {
                std::this_thread::yield();
            }
        }
    }
    std::destroy(workers_.begin(), workers_.end());
    std::destroy(delayed_memory_.begin(), delayed_memory_.end());
}

void fiber_pool::stop() noexcept
{
    std::unique_lock guard(lock());
    stop_and_unlock(guard);
    for (auto& worker : workers_)
    {
        worker.handle.cancel();
    }
}

void fiber_pool::stop_locked(aftermath& later) noexcept
{
    if (stopped_)
    {
        return;
    }
    stopped_ = true;
    posts_.claim_all(later.posts);
    for (auto& post : later.posts)
    {
        static_cast<detail::waiting_post&>(post).refused = true;
    }
    while (const auto worker = pop_idle())
    {
        // One that has not run yet, or has woken for another reason, sees for itself.
        if (worker->ticket != 0 && worker->handle.record()->claim(worker->ticket, wake_reason::notified))
        {
            worker->below = std::exchange(later.woken, worker);
        }
    }
    delayed_.clear_and_dispose([&later](delayed_job* job) { job->next = std::exchange(later.dropped, job); });
}

void fiber_pool::stop_and_unlock(std::unique_lock<queue_lock>& guard) noexcept
{
    aftermath later;
    stop_locked(later);
    guard.unlock();
    later.finish(*this);
}

void fiber_pool::join()
{
    if (detail::current_core() == core_ && std::any_of(workers_.begin(), workers_.end(), [this](const pool_worker& one)
                                                       { return one.handle.record() == core_->current; }))
    {
        throw boost::system::system_error(make_error_code(errc::resource_deadlock_would_occur),
                                          "weft::fiber_pool::join: a job cannot join its own pool");
    }
    {
        std::unique_lock guard(lock());
        joining_ = true;
        if (has_nothing_to_do())
        {
            stop_and_unlock(guard);
        }
    }
    detail::throw_if_failed(ended_.wait_unless([this] { return all_ended_; }, {}));
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

bool fiber_pool::has_nothing_to_do() const noexcept
{
    return idle_ == alive_ && delayed_.empty();
}

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

pool_worker* fiber_pool::take_worker() noexcept
{
    const std::lock_guard guard(lock());
    return take_idle();
}

void fiber_pool::hand_over(pool_worker& worker) noexcept
{
    auto& record = *worker.handle.record();
    if (worker.taken_with != 0 && detail::wake(record, worker.taken_with, wake_reason::notified))
    {
        return;
    }
    // It has not run yet, or something else has woken it. In the second case it waits for us, and for nobody else.
    detail::wait_ticket waits_with = 0;
    {
        const std::lock_guard guard(lock());
        worker.handed_over = true;
        waits_with = worker.ticket;
    }
    if (waits_with != 0)
    {
        detail::wake(record, waits_with, wake_reason::notified);
    }
}

void fiber_pool::take_back(pool_worker& worker) noexcept
{
    bool claimed = false;
    {
        const std::lock_guard guard(lock());
        worker.given = false;
        claimed = claim_to_look_again(worker);
    }
    if (claimed)
    {
        detail::deliver(*worker.handle.record());
    }
}

bool fiber_pool::wait_for_worker(pool_worker*& worker, void* job, void (*emplace)(detail::pool_job&, void*, bool),
                                 time_point limit)
{
    bool refused = false;
    std::exception_ptr error;
    const auto outcome = detail::wait_around<detail::waiting_post>(
        posts_,
        [&] {
            refused = stopped_;
            worker = take_idle();
            return refused || worker != nullptr;
        },
        detail::wait_limits{detail::wait_kind::interruptible, limit},
        [&](detail::waiting_post& mine, auto sleep) {
            const auto result = sleep();
            refused = mine.refused;
            error = std::move(mine.error);
            return result;
        },
        job, emplace);
    if (refused)
    {
        throw_stopped();
    }
    if (error != nullptr)
    {
        std::rethrow_exception(std::move(error));
    }
    detail::throw_if_failed(outcome);
    return outcome == detail::wait_outcome::notified;
}

// ── delayed jobs ────────────────────────────────────────────────────────────────────────────────────────────────────

delayed_job& fiber_pool::take_delayed()
{
    const std::lock_guard guard(lock());
    if (stopped_)
    {
        throw_stopped();
    }
    if (spare_ == nullptr)
    {
        throw boost::system::system_error(make_error_code(errc::no_buffer_space),
                                          "weft: a fiber pool's max_delayed allows no further job that waits for its time");
    }
    return *std::exchange(spare_, spare_->next);
}

void fiber_pool::keep_spare(delayed_job& spare) noexcept
{
    spare.next = std::exchange(spare_, &spare);
}

void fiber_pool::return_delayed(delayed_job& spare) noexcept
{
    const std::lock_guard guard(lock());
    keep_spare(spare);
}

void fiber_pool::enter_delayed(delayed_job& fresh, time_point::duration delay)
{
    pool_worker* told = nullptr;
    {
        std::unique_lock guard(lock());
        if (stopped_)
        {
            guard.unlock();
            fresh.job.reset();
            return_delayed(fresh);
            throw_stopped();
        }
        fresh.due = later_by(core_->now(), delay);
        const auto place = delayed_.insert(fresh);
        if (place == delayed_.begin() && top_ != nullptr && claim_to_look_again(*bottom_))
        {
            told = bottom_;
        }
    }
    if (told != nullptr)
    {
        detail::deliver(*told->handle.record());
    }
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
        let_others_run(*core_);
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
        let_others_run(*core_);
        guard.lock();
    }
    return false;
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
