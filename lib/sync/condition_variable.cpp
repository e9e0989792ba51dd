// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/fiber_locals.hpp>
#include <weft/sync/condition_variable.hpp>

#include <memory>
#include <utility>

namespace weft::detail
{

wait_outcome unlock_and_wait(wait_queue& waiters, std::unique_lock<mutex>& lock, const wait_limits& limits,
                             const std::stop_token* stop)
{
    if (!lock.owns_lock() || !is_held_by_caller(*lock.mutex()))
    {
        throw_foreign_unlock();
    }
    // The lock object believes that it owns the mutex all the time, and so it must.
    try
    {
        return unlock_and_wait<mutex>(waiters, *lock.mutex(), limits, stop);
    }
    catch (...)
    {
        // The scheduler has gone away before it could be locked again: the lock object must not unlock it.
        if (!is_held_by_caller(*lock.mutex()))
        {
            auto& free = *lock.release();
            lock = std::unique_lock(free, std::defer_lock);
        }
        throw;
    }
}

} // namespace weft::detail

namespace weft
{

void notify_all_at_fiber_exit(condition_variable& changed, std::unique_lock<mutex> lock)
{
    struct last_words
    {
        condition_variable& changed;
        std::unique_lock<mutex> lock;
    };
    if (!lock.owns_lock() || !detail::is_held_by_caller(*lock.mutex()))
    {
        detail::throw_foreign_unlock();
    }
    auto words = std::make_unique<last_words>(last_words{changed, std::move(lock)});
    const auto speak = [](void* value, detail::fiber_locals::function) noexcept {
        const std::unique_ptr<last_words> mine(static_cast<last_words*>(value));
        // Still under the lock: whoever gets that may destroy the condition variable.
        mine->changed.notify_all();
    };
    detail::current_last_actions().exchange(detail::fiber_locals::make_key(), words.get(), speak, nullptr);
    static_cast<void>(words.release()); // belongs to the last action now
}

} // namespace weft
