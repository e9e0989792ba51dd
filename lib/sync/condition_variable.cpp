// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/condition_variable.hpp>

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
    return unlock_and_wait<mutex>(waiters, *lock.mutex(), limits, stop);
}

} // namespace weft::detail
