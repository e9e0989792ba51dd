// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "runtime_worker.hpp"

#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/log/log.hpp>

#include "report.hpp"
#include "runtime_core.hpp"
#include "threads.hpp"

#include <chrono>
#include <memory>
#include <string>

// The life of a worker's thread:
//
//   1. runs the io_context, with work that keeps it from returning, until the runtime stops
//   2. without that work, runs it until nothing is left or the time is up
//   3. cancels the fibers that are left, and runs the io_context until they have ended
//
// A fiber counts for the worker that it was put on, wherever it goes: that worker does not end before it.

namespace weft::detail
{

runtime_worker::runtime_worker(runtime_core& runtime, std::size_t which)
    : owner(runtime), number(which), core(scheduler::of(io).core()), work_(io.get_executor())
{
    core.use_stacks(runtime.options.stacks);
    core.use_clock(runtime.options.clock);
    switch (runtime.options.exchange)
    {
    case work_exchange::none:
        break;
    case work_exchange::stealing:
        core.use_algorithm(std::make_unique<work_stealing>(runtime.team));
        break;
    case work_exchange::sharing:
        core.use_algorithm(std::make_unique<work_sharing>(runtime.team));
        break;
    }
    core.listener = this;
    stop_.run = [](scheduler_core&, inbox_node& node) {
        auto& self = *static_cast<stop_node&>(node).worker;
        self.stop_posted_.store(false);
        self.asked_ = true;
        self.io.stop();
    };
}

runtime_worker::~runtime_worker()
{
    core.listener = nullptr;
}

worker_counters runtime_worker::counters() const noexcept
{
    worker_counters result;
    result.ended = ended.load(std::memory_order_acquire);
    result.spawned = spawned.load(std::memory_order_acquire);
    result.failed = failed.load(std::memory_order_acquire);
    result.switches = switches_.load(std::memory_order_acquire);
    result.rounds = rounds_.load(std::memory_order_acquire);
    result.live = live_.load(std::memory_order_acquire);
    return result;
}

void runtime_worker::notice_stop() noexcept
{
    if (!stop_posted_.exchange(true))
    {
        core.post(stop_);
    }
}

void runtime_worker::start(start_gate& gate)
{
    thread_ = std::thread([this, &gate] { run(gate); });
}

// ── the thread ──────────────────────────────────────────────────────────────────────────────────────────────────────

void runtime_worker::run(start_gate& gate) noexcept
{
    const auto& options = owner.options;
    name_this_thread(options.name + "-" + std::to_string(number));
    const auto is_pinned = !options.pin || pin_this_thread(number);
    if (!gate.wait())
    {
        return;
    }
    if (!is_pinned)
    {
        WEFT_LOG_WARN("worker {} of {} cannot be pinned to a processor", number, options.name);
    }
    run_until_stopped();
    run_for_the_grace();
    run_to_the_end();
    if (is_in_team())
    {
        leave_team();
    }
}

/// What a handler throws is a failure like a fiber's: the others go on.
template <class Drive>
void runtime_worker::drive(Drive drive) noexcept
{
    for (;;)
    {
        try
        {
            if (io.stopped())
            {
                io.restart();
            }
            drive();
            return;
        }
        catch (...)
        {
            const auto error = std::current_exception();
            WEFT_LOG_ERROR("a handler on worker {} of {} has failed: {}", number, owner.options.name, text_of(error));
            owner.collect(*this, error);
        }
    }
}

void runtime_worker::run_until_stopped() noexcept
{
    while (!asked_)
    {
        drive([this] { io.run(); });
    }
}

bool runtime_worker::is_empty() const noexcept
{
    // Nobody comes in any more once the count has been equal: see `runtime_core::enter`.
    return core.live_count() == 0 && load() == 0;
}

bool runtime_worker::is_in_team() const noexcept
{
    return owner.options.exchange != work_exchange::none;
}

void runtime_worker::wait_for_others() const noexcept
{
    if (is_in_team())
    {
        std::this_thread::sleep_for(std::chrono::milliseconds(1)); // for fibers that others have taken
    }
    else
    {
        std::this_thread::yield(); // somebody is just spawning
    }
}

void runtime_worker::run_for_the_grace() noexcept
{
    work_.reset();
    for (;;)
    {
        const auto limit = owner.limit();
        if (limit <= std::chrono::steady_clock::now())
        {
            return;
        }
        asked_ = false;
        drive([&] { limit == time_point::max() ? io.run() : io.run_until(limit); });
        if (io.stopped() && !asked_)
        {
            if (is_empty())
            {
                return;
            }
            wait_for_others();
        }
    }
}

void runtime_worker::run_to_the_end() noexcept
{
    cancels.store(true, std::memory_order_relaxed);
    owner.team.close(); // what is on its way would be missed
    core.cancel_all(cancel_reasons::runtime_stopped);
    while (!is_empty() && std::chrono::steady_clock::now() < owner.last_limit())
    {
        asked_ = false;
        drive([limit = owner.last_limit(), this] {
            limit == time_point::max() ? io.run_one() : io.run_one_until(limit);
        });
        if (io.stopped() && !asked_)
        {
            wait_for_others();
        }
    }
}

void runtime_worker::leave_team() noexcept
{
    core.use_algorithm(nullptr);
    run_to_the_end(); // what has come meanwhile
}

// ── of the scheduler's rounds ───────────────────────────────────────────────────────────────────────────────────────

void runtime_worker::round_begins(scheduler_core&) noexcept {}

bool runtime_worker::before_rest(scheduler_core& resting) noexcept
{
    publish(resting);
    return false;
}

void runtime_worker::round_is_spent(scheduler_core& spent) noexcept
{
    publish(spent);
}

void runtime_worker::publish(const scheduler_core& own) noexcept
{
    switches_.store(own.counters.switches, std::memory_order_release);
    rounds_.store(own.counters.rounds, std::memory_order_release);
    live_.store(own.counters.live, std::memory_order_release);
}

} // namespace weft::detail
