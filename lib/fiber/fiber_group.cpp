// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>

#include "fiber_extras.hpp"
#include "report.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace weft
{

namespace
{

[[noreturn]] void throw_error(boost::system::errc::errc_t code, const char* what)
{
    throw boost::system::system_error(make_error_code(code), what);
}

bool was_asked_to_end(const detail::fiber_record& fiber, const std::exception_ptr& error) noexcept
{
    return fiber.cancel_pending && detail::is_operation_aborted(error);
}

} // namespace

namespace detail
{

bool group_member::report(const std::exception_ptr& error) noexcept
{
    if (group == nullptr)
    {
        return false;
    }
    if (!was_asked_to_end(*fiber, error))
    {
        group->fail(*this, error);
    }
    return true;
}

void group_member::leave() noexcept
{
    if (group == nullptr)
    {
        return;
    }
    const auto core = current_core();
    if (core != nullptr && core->current == fiber && fiber->extras != nullptr)
    {
        fiber->extras->run_at_exit();
    }
    if (group != nullptr) // the clean-up may have detached it
    {
        unlink();
        group->remove();
    }
}

} // namespace detail

fiber_group::fiber_group(group_options options)
    : core_(detail::require_fiber("weft::fiber_group: only a fiber can make one").core),
      max_(std::max<std::size_t>(options.max_fibers, 1)),
      exceptions_before_(std::uncaught_exceptions())
{
    // What its members change is not for two threads.
    core_->current->pins |= detail::fiber_record::pinned_for_good;
}

fiber_group::~fiber_group() noexcept(false)
{
    const bool is_unwinding = std::uncaught_exceptions() > exceptions_before_;
    if (size_ != 0 && !is_unwinding && !core_->current->torn_down)
    {
        wait_for_all({});
    }
    if (size_ != 0)
    {
        cancel();
        wait_for_all({detail::wait_kind::plain, detail::time_point::max()});
        // During the tear-down of the scheduler, fibers that do not end are left to it.
        detach();
    }
    if (failure_ && !is_reported_)
    {
        if (!is_unwinding)
        {
            std::rethrow_exception(failure_);
        }
        detail::report_lost_failure(failure_);
    }
}

// ── spawn ───────────────────────────────────────────────────────────────────────────────────────────────────────────

void fiber_group::check_caller(const char* what) const
{
    if (detail::current_core() != core_)
    {
        throw_error(boost::system::errc::operation_not_permitted, what);
    }
}

void fiber_group::throw_if_closed()
{
    if (failure_)
    {
        is_reported_ = true;
        std::rethrow_exception(failure_);
    }
    if (is_canceled_)
    {
        throw boost::system::system_error(boost::asio::error::operation_aborted,
                                          "weft::fiber_group::spawn: the group was cancelled");
    }
}

void fiber_group::enter(launch how)
{
    check_caller("weft::fiber_group::spawn: not on the scheduler of the group");
    if (how == launch::deferred)
    {
        throw_error(boost::system::errc::invalid_argument, "weft::fiber_group::spawn: launch::deferred");
    }
    throw_if_closed();
    if (taken_ < max_) [[likely]]
    {
        ++taken_;
        return;
    }
    // Whoever is notified has been given a place, also when the group closes.
    const auto outcome = has_room_.wait_unless([] { return false; }, {});
    detail::throw_if_failed(outcome);
    try
    {
        throw_if_closed();
    }
    catch (...)
    {
        give_room_back();
        throw;
    }
}

void fiber_group::give_room_back() noexcept
{
    if (!has_room_.notify_one())
    {
        --taken_;
    }
}

void fiber_group::add(detail::fiber_record& record, detail::group_member& member) noexcept
{
    member.group = this;
    member.fiber = &record;
    record.in_group = true;
    members_.push_back(member);
    ++size_;
}

// ── join ────────────────────────────────────────────────────────────────────────────────────────────────────────────

void fiber_group::check_waiter(const char* what) const
{
    check_caller(what);
    const auto self = core_->current;
    const auto is_self = [self](const detail::group_member& one) { return one.fiber == self; };
    if (self->in_group && (std::any_of(members_.begin(), members_.end(), is_self) ||
                           std::any_of(canceled_members_.begin(), canceled_members_.end(), is_self)))
    {
        throw_error(boost::system::errc::resource_deadlock_would_occur, what);
    }
}

detail::wait_outcome fiber_group::wait_for_all(const detail::wait_limits& limits)
{
    auto outcome = detail::wait_outcome::notified;
    while (size_ != 0 && outcome == detail::wait_outcome::notified)
    {
        outcome = all_ended_.wait_unless([this] { return size_ == 0; }, limits);
    }
    return size_ == 0 ? detail::wait_outcome::notified : outcome;
}

void fiber_group::join()
{
    check_waiter("weft::fiber_group::join");
    const auto outcome = wait_for_all({});
    if (outcome != detail::wait_outcome::notified)
    {
        const auto why = this_fiber::cancel_reason();
        cancel(outcome == detail::wait_outcome::canceled && why ? why : cancel_reasons::group_canceled);
        wait_for_all({detail::wait_kind::plain, detail::time_point::max()});
    }
    if (failure_)
    {
        is_reported_ = true;
        std::rethrow_exception(failure_);
    }
    detail::throw_if_failed(outcome);
}

bool fiber_group::wait_with(detail::time_point until)
{
    check_waiter("weft::fiber_group::wait_until");
    return detail::in_time(wait_for_all({detail::wait_kind::interruptible, until}));
}

// ── members ─────────────────────────────────────────────────────────────────────────────────────────────────────────

void fiber_group::remove() noexcept
{
    give_room_back();
    if (--size_ == 0)
    {
        all_ended_.notify_all();
    }
}

void fiber_group::fail(const detail::group_member& who, const std::exception_ptr& error) noexcept
{
    ++failures_;
    if (failure_)
    {
        detail::report_further_failure(*who.fiber, error);
        return;
    }
    failure_ = error;
    cancel_but(&who, cancel_reasons::group_failed);
}

void fiber_group::cancel(cancel_reason why) noexcept
{
    cancel_but(nullptr, why);
}

void fiber_group::cancel_but(const detail::group_member* who, cancel_reason why) noexcept
{
    is_canceled_ = true;
    taken_ += has_room_.notify_all();
    // One by one, because code of the user may run: callbacks of stop tokens.
    while (!members_.empty())
    {
        auto& member = members_.front();
        members_.pop_front();
        canceled_members_.push_back(member);
        if (&member != who)
        {
            detail::request_cancel(*member.fiber, why);
        }
    }
}

void fiber_group::detach() noexcept
{
    for (auto* list : {&members_, &canceled_members_})
    {
        list->clear_and_dispose([](detail::group_member* member) { member->group = nullptr; });
    }
    taken_ -= size_;
    size_ = 0;
    while (taken_ < max_ && has_room_.notify_one())
    {
        ++taken_;
    }
    all_ended_.notify_all();
}

} // namespace weft
