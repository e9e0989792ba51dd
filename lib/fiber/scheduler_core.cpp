// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/round_listener.hpp>
#include <weft/fiber/detail/scheduler_core.hpp>

#include "algorithm_seat.hpp"
#include "round.hpp"
#include "scheduler_driver.hpp"
#include "scheduler_service.hpp"
#include "slice_ticker.hpp"
#include "stack_pool.hpp"

#include <boost/asio/query.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace asio = boost::asio;

namespace weft::detail
{

namespace
{

constexpr std::uint32_t first_sample_interval = 16;
constexpr std::uint32_t last_sample_interval = 256;

// So few fibers have nothing to gather; an acceptor and one session are two.
constexpr std::size_t too_few_to_gather = 3;

#if !defined(WEFT_READS_THREAD_POINTER)
constinit thread_local scheduler_core* weft_running_core = nullptr;
#endif

scheduler_service& service_of(const asio::any_io_executor& executor)
{
    return asio::use_service<scheduler_service>(asio::query(executor, asio::execution::context));
}

} // namespace

#if defined(WEFT_READS_THREAD_POINTER)
constinit thread_local scheduler_core* weft_running_core = nullptr;
#else
__attribute__((noinline)) scheduler_core* current_core() noexcept
{
    asm volatile("");
    return weft_running_core;
}
#endif

__attribute__((noinline)) scheduler_core* exchange_current_core(scheduler_core* core) noexcept
{
    asm volatile("" ::: "memory");
    return std::exchange(weft_running_core, core);
}

scheduler_core::scheduler_core(asio::any_io_executor executor)
    : driver_(std::make_unique<scheduler_driver>(std::move(executor))), stacks_(std::make_unique<stack_pool>())
{
    driver_->listed.emplace(live_.end().pointed_node(), &current);
    timer_tick_.run = [](scheduler_core& core, inbox_node&) {
        core.timer_tick_posted_.store(false, std::memory_order_release);
        core.fire_timers();
    };
    auto& service = service_of(driver_->executor());
    service.enter(*this);
    service_ = &service;
}

scheduler_core::~scheduler_core()
{
    ticker_.reset();
    if (service_ != nullptr)
    {
        service_->leave(*this);
    }
    closing = true;
    driver_->shut_down();
    inbox_.try_claim();
    use_algorithm(nullptr);
    run_until_quiet(); // what was posted after the tear-down
    use_clock(nullptr);
    reap();
    if (!live_.empty())
    {
        // Left alone by the tear-down: their frames may still be referred to.
        static_cast<void>(stacks_.release());
    }
}

void scheduler_core::release() noexcept
{
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    {
        delete this;
    }
}

// ── stacks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

void scheduler_core::use_stacks(const stack_options& options)
{
    if (counters.live != 0)
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::device_or_resource_busy),
                                          "weft: a scheduler's stacks are chosen while it has no fibers");
    }
    auto fresh = std::make_unique<stack_pool>(options);
    reap();
    stacks_ = std::move(fresh);
    free_stacks_ = 0;
}

std::size_t scheduler_core::release_idle_stacks() noexcept
{
    reap();
    std::size_t released = 0;
    free_stacks_ = stacks_->release_idle(unstarted_[fiber_record::default_stack], released);
    return released;
}

bool scheduler_core::is_default_stack_size(std::size_t size) const noexcept
{
    return stacks_->is_default(size);
}

asio::any_io_executor scheduler_core::get_executor() const
{
    return driver_->executor();
}

// ── rounds ──────────────────────────────────────────────────────────────────────────────────────────────────────────

void scheduler_core::post(inbox_node& node) noexcept
{
    if (inbox_.push(node))
    {
        driver_->post_pump(*this);
    }
}

void scheduler_core::resume_from_handler(fiber_record& fiber) noexcept
{
    if (current_core() == this)
    {
        deliver_here(fiber);
        return;
    }
    if (inline_rounds_.load(std::memory_order_relaxed) > 0 && driver_->is_running_here() && inbox_.try_claim())
    {
        if (counters.live > too_few_to_gather)
        {
            inline_rounds_.store(inline_rounds_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
        }
        ready.push_back(fiber);
        run_round();
        return;
    }
    post(fiber);
}

void scheduler_core::run_posted_round() noexcept
{
    if (closing)
    {
        return;
    }
    if (driver_->late != nullptr && !std::exchange(driver_->has_asked_reactor, true))
    {
        driver_->post_pump(*this);
        return;
    }
    driver_->has_asked_reactor = false;
    // One completion alone is better served inside its handler: that saves a pass through the reactor. Several that
    // gather before the pump runs are better served together. Which of the two it is shows in the pump's catch.
    if (!has_ready() && idle_checks_ == 0)
    {
        const auto caught = drain_inbox();
        if (caught <= 1)
        {
            sample_interval_ = std::min(sample_interval_ * 2, last_sample_interval);
            inline_rounds_.store(sample_interval_, std::memory_order_relaxed);
        }
        else
        {
            sample_interval_ = first_sample_interval;
            inline_rounds_.store(0, std::memory_order_relaxed);
        }
    }
    run_round();
}

std::size_t scheduler_core::drain_inbox() noexcept
{
    std::size_t count = 0;
    for (auto rest = inbox_.take_all(); rest != nullptr; ++count)
    {
        auto& node = *std::exchange(rest, rest->next);
        if (node.run == nullptr)
        {
            ready.push_back(static_cast<fiber_record&>(node));
        }
        else
        {
            node.run(*this, node);
        }
    }
    return count;
}

void scheduler_core::run_round() noexcept
{
    const auto outer = begin_round(*this);
    ++counters.rounds;
    if (listener != nullptr)
    {
        listener->round_begins(*this);
    }
    bool go_on = false;
    int references_to_release = 0;
    for (;;)
    {
        drain_inbox();
        if (const auto late = std::exchange(driver_->late, nullptr)) [[unlikely]]
        {
            ready.push_back(*late);
        }
        if (enter_fibers())
        {
            idle_checks_ = 0;
            reap();
            go_on = is_round_over();
        }
        else if (listener == nullptr || !listener->before_rest(*this))
        {
            const auto found = before_idle();
            go_on = found == idle_outcome::ask_again;
            if (found == idle_outcome::idle)
            {
                references_to_release += update_hold();
                note_end_of_round();
                if (inbox_.try_rest())
                {
                    // From here on another thread may run the next round.
                    break;
                }
                note_begin_of_round();
            }
        }
        if (go_on)
        {
            if (clock_ == nullptr)
            {
                arm_asio_timer(); // fibers that are always ready keep no sleeper from its time
            }
            references_to_release += update_hold();
            note_end_of_round();
            break;
        }
    }
    if (go_on && listener != nullptr)
    {
        listener->round_is_spent(*this);
    }
    exchange_current_core(outer);
    if (go_on)
    {
        driver_->post_pump(*this);
    }
    for (; references_to_release > 0; --references_to_release)
    {
        release();
    }
}

int scheduler_core::update_hold() noexcept
{
    const auto alive = counters.live > 0;
    if (alive == holding_)
    {
        return 0;
    }
    holding_ = alive;
    if (alive)
    {
        driver_->hold();
        add_reference();
        return 0;
    }
    driver_->unhold();
    return 1;
}

} // namespace weft::detail
