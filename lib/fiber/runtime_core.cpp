// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "runtime_core.hpp"

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/usable_cores.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <utility>

namespace weft::detail
{

// ── the gate ────────────────────────────────────────────────────────────────────────────────────────────────────────

bool start_gate::wait()
{
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return position_ != position::closed; });
    return position_ == position::open;
}

void start_gate::open(bool go_on)
{
    const std::lock_guard lock(mutex_);
    position_ = go_on ? position::open : position::given_up;
    moved_.notify_all();
}

void start_gate::close()
{
    position_ = position::closed;
}

// ── start ───────────────────────────────────────────────────────────────────────────────────────────────────────────

runtime_core::runtime_core(runtime_options wanted) : options(std::move(wanted))
{
    const auto count = options.workers != 0 ? options.workers : usable_cores();
    workers.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
    {
        workers.push_back(std::make_unique<runtime_worker>(*this, i));
    }
}

runtime_core::~runtime_core()
{
    stop(time_point::min());
    {
        const std::lock_guard lock(mutex_);
        last_limit_.store(deadline_after(options.unwind_after).time_since_epoch().count(), std::memory_order_release);
        tell_workers();
    }
    wait_for_end();
    // While all else is there: fibers that have not begun, or are unwound by force, leave and may fail.
    draining_.store(false);
    workers.clear();
}

void runtime_core::start()
{
    if (!start_unless_stopped())
    {
        throw boost::system::system_error(boost::asio::error::operation_aborted,
                                          "weft::runtime::start: the runtime has been stopped");
    }
}

bool runtime_core::start_unless_stopped()
{
    const std::lock_guard lock(mutex_);
    if (stopping_.load())
    {
        return false;
    }
    if (state_ != state::idle)
    {
        return true;
    }
    try
    {
        for (const auto& worker : workers)
        {
            worker->start(gate_);
        }
    }
    catch (...)
    {
        gate_.open(false);
        for (const auto& worker : workers)
        {
            if (worker->has_thread())
            {
                worker->join();
            }
        }
        gate_.close();
        throw;
    }
    state_ = state::running;
    gate_.open(true);
    return true;
}

// ── what comes and goes ─────────────────────────────────────────────────────────────────────────────────────────────

runtime_worker& runtime_core::choose() noexcept
{
    if (options.placement == placement::round_robin)
    {
        return *workers[next_.fetch_add(1, std::memory_order_relaxed) % workers.size()];
    }
    auto best = workers.front().get();
    auto least = best->load();
    for (std::size_t i = 1; i < workers.size() && least != 0; ++i)
    {
        if (const auto load = workers[i]->load(); load < least)
        {
            best = workers[i].get();
            least = load;
        }
    }
    return *best;
}

void runtime_core::enter(runtime_worker& worker)
{
    // Counted first: whoever stops has been seen here, or sees the count, and the worker does not end before this fiber has.
    worker.spawned.fetch_add(1);
    if (stopping_.load())
    {
        worker.ended.fetch_add(1);
        throw boost::system::system_error(boost::asio::error::operation_aborted,
                                          "weft::runtime: it has been stopped, and takes no further fibers");
    }
}

void runtime_core::leave(runtime_worker& worker) noexcept
{
    worker.ended.fetch_add(1);
    if (draining_.load())
    {
        stop_if_drained();
    }
}

void runtime_core::stop_if_drained() noexcept
{
    // Both counts only grow, and no end comes before its spawn. So if all that had been spawned after the ends were counted
    // is as much as these, then nothing was left in between.
    std::uint64_t ended = 0;
    for (const auto& worker : workers)
    {
        ended += worker->ended.load();
    }
    std::uint64_t spawned = 0;
    for (const auto& worker : workers)
    {
        spawned += worker->spawned.load();
    }
    if (ended == spawned)
    {
        stop(time_point::max());
    }
}

// ── stop ────────────────────────────────────────────────────────────────────────────────────────────────────────────

void runtime_core::drain() noexcept
{
    draining_.store(true);
    stop_if_drained();
}

void runtime_core::stop(time_point limit) noexcept
{
    const std::lock_guard lock(mutex_);
    if (state_ == state::ended || (stopping_.load() && limit >= this->limit()))
    {
        return;
    }
    limit_.store(limit.time_since_epoch().count(), std::memory_order_release);
    stopping_.store(true);
    tell_workers();
}

void runtime_core::tell_workers() noexcept
{
    if (state_ == state::running)
    {
        for (const auto& worker : workers)
        {
            worker->notice_stop();
        }
    }
}

void runtime_core::wait_for_end()
{
    std::unique_lock lock(mutex_);
    if (state_ == state::running && !joining_)
    {
        joining_ = true;
        lock.unlock();
        for (const auto& worker : workers)
        {
            worker->join();
        }
        lock.lock();
        state_ = state::ended;
        has_ended_.notify_all();
    }
    else if (state_ == state::idle)
    {
        state_ = state::ended;
    }
    has_ended_.wait(lock, [this] { return state_ == state::ended; });
}

std::size_t runtime_core::this_worker() const noexcept
{
    const auto here = std::find_if(workers.begin(), workers.end(), [](const std::unique_ptr<runtime_worker>& worker) {
        return worker->io.get_executor().running_in_this_thread();
    });
    return static_cast<std::size_t>(here - workers.begin());
}

// ── failures ────────────────────────────────────────────────────────────────────────────────────────────────────────

void runtime_core::collect(runtime_worker& worker, const std::exception_ptr& error) noexcept
{
    worker.failed.fetch_add(1, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    if (failure_ == nullptr)
    {
        failure_ = error;
    }
}

void runtime_core::throw_failure()
{
    std::exception_ptr failure;
    {
        const std::lock_guard lock(mutex_);
        failure = failure_;
    }
    if (failure)
    {
        std::rethrow_exception(failure);
    }
}

} // namespace weft::detail
