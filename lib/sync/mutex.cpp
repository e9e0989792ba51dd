// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/mutex.hpp>

#include <weft/fiber/detail/observation.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace weft::detail
{

namespace
{

constexpr std::uintptr_t has_waiters = 1;

[[noreturn]] void fail(boost::system::errc::errc_t code, const char* what)
{
    throw boost::system::system_error(make_error_code(code), what);
}

std::uintptr_t owner_of(const waiter& who) noexcept
{
    // A thread that waits is represented by an object of that wait; it holds locks under its own name.
    return who.is_fiber() ? reinterpret_cast<std::uintptr_t>(&static_cast<const fiber_record&>(who))
                          : static_cast<const thread_waiter&>(who).owner();
}

} // namespace

void mutex_core::lock_contended(std::uintptr_t self)
{
    if (wait_for_hand_over(self, {wait_kind::plain, time_point::max()}) != wait_outcome::notified)
    {
        throw boost::system::system_error(boost::asio::error::operation_aborted,
                                          "weft: the scheduler goes away under a locked mutex");
    }
}

bool mutex_core::try_lock_until(time_point limit)
{
    const auto outcome = wait_for_hand_over(current_owner(), {wait_kind::interruptible, limit});
    throw_if_failed(outcome);
    return outcome == wait_outcome::notified;
}

wait_outcome mutex_core::wait_for_hand_over(std::uintptr_t self, const wait_limits& limits)
{
    if ((word_.load(std::memory_order_relaxed) & ~has_waiters) == self)
    {
        fail(boost::system::errc::resource_deadlock_would_occur, "weft::mutex::lock: the caller holds it already");
    }
    return waiters_.wait_unless(
        [this, self]
        {
            auto word = word_.load(std::memory_order_relaxed);
            for (;;)
            {
                const auto wanted = word == 0 ? self : word | has_waiters;
                if (word_.compare_exchange_weak(word, wanted, std::memory_order_acquire, std::memory_order_relaxed))
                {
                    return word == 0;
                }
            }
        },
        limits);
}

void mutex_core::unlock_contended()
{
    if ((word_.load(std::memory_order_relaxed) & ~has_waiters) != current_owner())
    {
        fail(boost::system::errc::operation_not_permitted, "weft::mutex::unlock: the caller does not hold it");
    }
    auto& entries = waiters_.entries();
    waiter* next = nullptr;
    {
        const std::lock_guard guard(entries.lock());
        next = entries.claim_first();
        const auto word = next == nullptr ? 0 : owner_of(*next) | (entries.empty() ? 0 : has_waiters);
        word_.store(word, std::memory_order_release);
    }
    if (next != nullptr)
    {
        deliver(*next);
    }
}

std::uintptr_t thread_owner() noexcept
{
    // Inside of `on_thread_stack` there is a fiber after all.
    const auto fiber = responsible_fiber();
    return fiber != nullptr ? reinterpret_cast<std::uintptr_t>(fiber) : thread_waiter::owner_of_this_thread();
}

} // namespace weft::detail
