// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/cancellation.hpp>
#include <weft/fiber/deadline.hpp>
#include <weft/fiber/detail/observation.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>

#include "fiber_extras.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace weft
{

namespace detail
{

std::stop_source& set_stop_source(fiber_record& fiber, std::stop_source source)
{
    auto& extras = extras_of(fiber);
    extras.stop.emplace(std::move(source));
    if (fiber.cancel_requested.load(std::memory_order_acquire))
    {
        extras.stop->request_stop();
    }
    extras.on_stop.emplace(extras.stop->get_token(), cancel_on_stop{&fiber});
    return *extras.stop;
}

std::stop_source& stop_source_of(fiber_record& fiber)
{
    auto& extras = extras_of(fiber);
    return extras.stop ? *extras.stop : set_stop_source(fiber, std::stop_source());
}

} // namespace detail

namespace this_fiber
{

void sleep_until(std::chrono::steady_clock::time_point when)
{
    if (!is_fiber())
    {
        detail::require_may_block();
        std::this_thread::sleep_until(when);
        return;
    }
    const detail::wait_limits limits{detail::wait_kind::interruptible, when};
    const auto& core = *detail::current_core();
    const auto switches = core.counters.switches;
    detail::throw_if_failed(detail::suspend([](const waker&) {}, limits));
    if (detail::current_core() == &core && core.counters.switches == switches)
    {
        yield(); // it was over already; a loop of short sleeps must not keep everybody else from running
    }
}

fiber::id get_id() noexcept
{
    const auto self = detail::responsible_fiber();
    return self != nullptr ? fiber::id(self->id) : fiber::id();
}

std::string_view name() noexcept
{
    const auto self = detail::responsible_fiber();
    return self != nullptr ? detail::name_of(*self) : std::string_view{};
}

int priority() noexcept
{
    const auto self = detail::responsible_fiber();
    return self != nullptr ? self->priority : 0;
}

void set_priority(int value)
{
    detail::require_fiber("weft::this_fiber::set_priority").priority = value;
}

bool cancellation_requested() noexcept
{
    const auto self = detail::responsible_fiber();
    return self != nullptr && self->cancel_pending;
}

weft::cancel_reason cancel_reason() noexcept
{
    return cancellation_requested() ? detail::current_core()->current->cancel_why : weft::cancel_reason();
}

void cancellation_point()
{
    if (!is_fiber())
    {
        return;
    }
    detail::sleeper me;
    if (me.is_canceled(detail::wait_kind::interruptible))
    {
        detail::throw_if_failed(detail::wait_outcome::canceled);
    }
}

void cancellation_point(boost::system::error_code& error)
{
    if (!is_fiber())
    {
        error = {};
        return;
    }
    const detail::sleeper me;
    error = me.is_canceled(detail::wait_kind::interruptible) ? detail::to_error(detail::wait_outcome::canceled)
                                                             : boost::system::error_code();
}

std::stop_token get_stop_token()
{
    return detail::stop_source_of(detail::require_fiber("weft::this_fiber::get_stop_token")).get_token();
}

} // namespace this_fiber

deadline::deadline(time_point when) : slot_(detail::require_fiber("weft::deadline").deadline), former_(slot_)
{
    expires_at(when);
}

deadline::time_point deadline::current() noexcept
{
    const auto self = detail::responsible_fiber();
    return self != nullptr ? self->deadline : time_point::max();
}

cancellation_blocker::cancellation_blocker()
    : count_(detail::require_fiber("weft::cancellation_blocker").cancel_blocked)
{
    ++count_;
}

} // namespace weft
