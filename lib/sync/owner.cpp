// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/observation.hpp>
#include <weft/sync/detail/owner.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <system_error>

namespace weft::detail
{

owner_word thread_owner() noexcept
{
    // Inside of `on_thread_stack` there is a fiber after all.
    const auto fiber = responsible_fiber();
    return fiber != nullptr ? reinterpret_cast<owner_word>(fiber) : thread_waiter::owner_of_this_thread();
}

owner_word owner_of(const waiter& who) noexcept
{
    // A thread that waits is represented by an object of that wait; it holds locks under its own name.
    return who.is_fiber() ? reinterpret_cast<owner_word>(&static_cast<const fiber_record&>(who))
                          : static_cast<const thread_waiter&>(who).owner();
}

void throw_relock()
{
    throw std::system_error(std::make_error_code(std::errc::resource_deadlock_would_occur),
                            "weft: the caller holds the lock already");
}

void throw_foreign_unlock()
{
    throw std::system_error(std::make_error_code(std::errc::operation_not_permitted),
                            "weft: the caller does not hold the lock");
}

void throw_if_torn_down(wait_outcome outcome)
{
    if (outcome != wait_outcome::notified)
    {
        throw boost::system::system_error(boost::asio::error::operation_aborted,
                                          "weft: the scheduler goes away under a lock");
    }
}

} // namespace weft::detail
