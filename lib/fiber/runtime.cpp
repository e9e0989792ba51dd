// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/runtime.hpp>

#include "report.hpp"
#include "runtime_core.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <exception>

namespace weft
{

namespace
{

[[noreturn]] void fail(boost::system::errc::errc_t code, const char* what)
{
    throw boost::system::system_error(make_error_code(code), what);
}

detail::runtime_worker& worker_of(const detail::runtime_core& core, std::size_t number)
{
    if (number >= core.workers.size())
    {
        fail(boost::system::errc::invalid_argument, "weft::runtime: there is no worker of that number");
    }
    return *core.workers[number];
}

/// To wait here for the runtime's end would be to wait for oneself.
void check_outside(const detail::runtime_core& core, const char* what)
{
    if (core.this_worker() != core.workers.size())
    {
        fail(boost::system::errc::resource_deadlock_would_occur, what);
    }
}

detail::time_point after(std::chrono::steady_clock::duration grace) noexcept
{
    return grace <= grace.zero() ? detail::time_point::min() : detail::deadline_after(grace);
}

} // namespace

// ── places ──────────────────────────────────────────────────────────────────────────────────────────────────────────

namespace detail
{

scheduler_core& runtime_place::core() const noexcept
{
    return worker_->core;
}

void runtime_place::begin() const noexcept
{
    if (worker_->cancels.load(std::memory_order_relaxed))
    {
        request_cancel(*current_core()->current, cancel_reasons::runtime_stopped);
    }
}

void runtime_place::fail(const std::exception_ptr& error) const noexcept
{
    auto& fiber = *current_core()->current;
    if (is_operation_aborted(error) && (fiber.cancel_pending || worker_->owner.is_stopping()))
    {
        return;
    }
    report_collected(fiber, error);
    worker_->owner.collect(*worker_, error);
}

void runtime_place::fail_to_start(const std::exception_ptr& error) const noexcept
{
    report_not_started(error);
    worker_->owner.collect(*worker_, error);
}

void runtime_place::leave() noexcept
{
    worker_->owner.leave(*worker_);
}

} // namespace detail

detail::runtime_place runtime::place_somewhere() const
{
    auto& worker = core_->choose();
    core_->enter(worker);
    return detail::runtime_place(worker);
}

detail::runtime_place runtime::place_on(std::size_t number) const
{
    auto& worker = worker_of(*core_, number);
    core_->enter(worker);
    return detail::runtime_place(worker);
}

// ── the runtime ─────────────────────────────────────────────────────────────────────────────────────────────────────

runtime::runtime(runtime_options options) : core_(std::make_unique<detail::runtime_core>(std::move(options))) {}

runtime::~runtime()
{
    // Ends here with clang too, which would destroy the core before it ends in this function.
    [this]() noexcept { check_outside(*core_, "weft::runtime::~runtime: in one of its own fibers"); }();
}

std::size_t runtime::size() const noexcept
{
    return core_->workers.size();
}

void runtime::start()
{
    core_->start();
}

void runtime::join()
{
    check_outside(*core_, "weft::runtime::join: in one of its own fibers");
    core_->start_unless_stopped();
    core_->drain();
    core_->wait_for_end();
    core_->throw_failure();
}

void runtime::stop() noexcept
{
    stop(core_->options.grace);
}

void runtime::stop(std::chrono::steady_clock::duration grace) noexcept
{
    core_->stop(after(grace));
}

bool runtime::is_stopping() const noexcept
{
    return core_->is_stopping();
}

void runtime::run_first(const void* site, void (*call)(void* what), void* what)
{
    check_outside(*core_, "weft::runtime::run: in one of its own fibers");
    core_->start();
    bool has_returned = false;
    std::exception_ptr error;
    try
    {
        const attributes main = {.name = "main"};
        make_joinable(site, place_on(0), &main, [&has_returned, call, what] {
            call(what);
            has_returned = true;
        }).join();
        stop();
    }
    catch (...)
    {
        error = std::current_exception();
        stop(std::chrono::steady_clock::duration::zero());
    }
    core_->wait_for_end();
    if (error)
    {
        std::rethrow_exception(error);
    }
    core_->throw_failure();
    if (!has_returned)
    {
        throw boost::system::system_error(boost::asio::error::operation_aborted,
                                          "weft::runtime::run: stopped before the function had ended");
    }
}

boost::asio::io_context::executor_type runtime::get_executor(std::size_t worker) const
{
    return worker_of(*core_, worker).io.get_executor();
}

scheduler runtime::scheduler(std::size_t worker) const
{
    return weft::scheduler(worker_of(*core_, worker).core);
}

std::size_t runtime::this_worker() const noexcept
{
    return core_->this_worker();
}

worker_counters runtime::counters(std::size_t worker) const
{
    return worker_of(*core_, worker).counters();
}

worker_counters runtime::counters() const noexcept
{
    worker_counters sum;
    for (const auto& worker : core_->workers)
    {
        const auto one = worker->counters();
        sum.spawned += one.spawned;
        sum.ended += one.ended;
        sum.failed += one.failed;
        sum.switches += one.switches;
        sum.rounds += one.rounds;
        sum.live += one.live;
    }
    return sum;
}

} // namespace weft
