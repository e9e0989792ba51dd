// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "pool_parts.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdint>
#include <new>
#include <string>
#include <thread>

namespace weft
{

using detail::delayed_job;
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

time_point later_by(time_point now, time_point::duration delay) noexcept
{
    return delay > time_point::max() - now ? time_point::max() : now + delay;
}

} // namespace

void detail::throw_job_too_large(std::size_t bytes)
{
    throw boost::system::system_error(
        make_error_code(errc::value_too_large),
        "weft: a job of " + std::to_string(bytes) + " bytes; a pool that may not allocate takes " +
            std::to_string(pool_job::inline_bytes) + ", that can be moved without throwing");
}

// ── begin and end ───────────────────────────────────────────────────────────────────────────────────────────────────

fiber_pool::fiber_pool(const void* site, const scheduler& where, const std::span<std::byte>* lent, std::size_t workers,
                       options&& wanted)
    : count_(workers), may_allocate_(lent == nullptr), core_(&where.core()), on_failure_(std::move(wanted.on_failure))
{
    if (workers == 0)
    {
        throw boost::system::system_error(make_error_code(errc::invalid_argument),
                                          "weft: a fiber pool without workers");
    }
    if (lent != nullptr)
    {
        carve(*lent, wanted.max_delayed);
    }
    else
    {
        const auto bytes = memory_size(workers, 0, wanted.max_delayed);
        own_memory_.reset(new std::byte[bytes]);
        carve({own_memory_.get(), bytes}, wanted.max_delayed);
    }
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
        auto& record = detail::make_record(*core_, where.is_current(), site, &wanted, worker_call(worker));
        ++alive_;
        worker.handle.adopt(record);
        detail::obey(record, &wanted);
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
                detail::let_others_run(*core);
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
    if (detail::current_core() == core_ &&
        std::any_of(workers_.begin(), workers_.end(),
                    [this](const pool_worker& one) { return one.handle.record() == core_->current; }))
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

// ── posting ─────────────────────────────────────────────────────────────────────────────────────────────────────────

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
        claimed = detail::claim_to_look_again(worker);
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
    return detail::in_time(outcome);
}

delayed_job& fiber_pool::take_delayed()
{
    const std::lock_guard guard(lock());
    if (stopped_)
    {
        throw_stopped();
    }
    if (spare_ == nullptr)
    {
        throw boost::system::system_error(
            make_error_code(errc::no_buffer_space),
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
        if (place == delayed_.begin() && top_ != nullptr && detail::claim_to_look_again(*bottom_))
        {
            told = bottom_;
        }
    }
    if (told != nullptr)
    {
        detail::deliver(*told->handle.record());
    }
}

} // namespace weft
