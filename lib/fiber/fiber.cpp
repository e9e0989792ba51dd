// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/observation.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/wait_queue.hpp>
#include <weft/fiber/waker.hpp>

#include "fiber_extras.hpp"

#include <boost/system/system_error.hpp>

#include <ostream>

namespace weft
{

namespace
{

[[noreturn]] void fail(boost::system::errc::errc_t code, const char* what)
{
    throw boost::system::system_error(make_error_code(code), what);
}

} // namespace

void fiber::throw_no_creator()
{
    fail(boost::system::errc::operation_not_permitted,
         "weft::fiber: only a fiber can make one; see weft::run and weft::spawn");
}

void fiber::throw_self_join()
{
    fail(boost::system::errc::resource_deadlock_would_occur, "weft::fiber::join: a fiber cannot join itself");
}

void fiber::rethrow_error(detail::fiber_record& record)
{
    const auto error = std::exchange(record.error, nullptr);
    record.release();
    std::rethrow_exception(error);
}

bool fiber::discard_deferred()
{
    if (record_ == nullptr)
    {
        fail(boost::system::errc::invalid_argument, "weft::fiber::join: not joinable");
    }
    discard();
    return true;
}

void fiber::obey_or_discard(const std::stop_token& stop)
{
    try
    {
        detail::obey(*record_, stop);
    }
    catch (...)
    {
        discard();
        throw;
    }
}

void fiber::start_elsewhere_or_discard(const attributes* wanted)
{
    try
    {
        detail::obey(*record_, wanted);
        record_->deferred = false;
        record_->core->start(*record_);
    }
    catch (...)
    {
        discard();
        throw;
    }
}

void fiber::discard() noexcept
{
    auto& record = *std::exchange(record_, nullptr);
    record.shared_state.fetch_sub(detail::fiber_record::has_handle, std::memory_order_relaxed);
    detail::discard_unstarted(record);
    record.release();
}

void fiber::start()
{
    if (record_ == nullptr || !record_->deferred)
    {
        fail(boost::system::errc::invalid_argument, "weft::fiber::start: not a deferred fiber");
    }
    record_->deferred = false;
    try
    {
        record_->core->start(*record_);
    }
    catch (...)
    {
        record_->deferred = true;
        throw;
    }
}

detail::wait_outcome fiber::join_elsewhere(const detail::wait_limits& limits)
{
    auto& record = *record_;
    if (const auto core = detail::current_core(); core != nullptr && core->current == record_)
    {
        throw_self_join(); // one that may move
    }
    const auto has_ended = [&record] {
        const auto before =
            record.shared_state.fetch_or(detail::fiber_record::remote_joiner, std::memory_order_acq_rel);
        return (before & detail::fiber_record::ended) != 0;
    };
    const auto nothing = [] {};
    return detail::wait_in(record.remote_joiners, has_ended, limits, nothing);
}

void fiber::detach()
{
    if (record_ == nullptr)
    {
        fail(boost::system::errc::invalid_argument, "weft::fiber::detach: not joinable");
    }
    if (record_->deferred)
    {
        discard();
        return;
    }
    std::exchange(record_, nullptr)->release_handle();
}

void fiber::cancel(cancel_reason why) noexcept
{
    if (record_ != nullptr)
    {
        detail::request_cancel(*record_, why);
    }
}

std::stop_source& fiber::stop()
{
    if (record_ == nullptr)
    {
        fail(boost::system::errc::invalid_argument, "weft::fiber::stop: not joinable");
    }
    if (!record_->deferred && detail::current_core() != record_->only_core)
    {
        fail(boost::system::errc::operation_not_permitted, "weft::fiber::stop: a fiber of another scheduler");
    }
    return detail::stop_source_of(*record_);
}

std::string_view fiber::name() const noexcept
{
    return record_ != nullptr ? detail::name_of(*record_) : std::string_view{};
}

fiber_state fiber::state() const noexcept
{
    if (record_ == nullptr || record_->has_ended())
    {
        return fiber_state::terminated;
    }
    const auto core = detail::current_core();
    if (core == record_->core && core->current == record_)
    {
        return fiber_state::running;
    }
    return record_->is_waiting() ? fiber_state::suspended : fiber_state::ready;
}

std::ostream& operator<<(std::ostream& out, fiber_id id)
{
    return out << '#' << id.number();
}

// ── jfiber ──────────────────────────────────────────────────────────────────────────────────────────────────────────

void jfiber::use_stop_source(std::stop_source source)
{
    detail::set_stop_source(*fiber_.record_, std::move(source));
}

void jfiber::start(launch how)
{
    auto& core = *fiber_.record_->core;
    if (how == launch::dispatch)
    {
        fiber_.dispatch_or_discard(core);
    }
    else if (how == launch::post)
    {
        fiber_.start_or_discard(core);
    }
}

void jfiber::join()
{
    fiber_.join_with(detail::time_point::max(), detail::wait_kind::interruptible);
}

bool jfiber::request_stop() noexcept
{
    if (fiber_.record_ == nullptr || fiber_.record_->cancel_requested.load(std::memory_order_acquire))
    {
        return false;
    }
    fiber_.cancel();
    return true;
}

void jfiber::finish() noexcept
{
    if (fiber_.joinable())
    {
        fiber_.cancel(cancel_reasons::handle_destroyed);
        if (!fiber_.record_->deferred)
        {
            fiber_.wait_for_end({detail::wait_kind::plain, detail::time_point::max()});
        }
        // Reports a failure that nobody has asked for.
        fiber_.detach();
    }
}

} // namespace weft
