// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_STOP_WAKE_HPP
#define WEFT_SYNC_DETAIL_STOP_WAKE_HPP

#include <weft/fiber/detail/sleeper.hpp>

#include <stop_token>

namespace weft::detail
{

/// Ends a wait, as a cancellation does.
struct cancel_wait_on_stop
{
    wait_entry& wait;

    void operator()() const noexcept
    {
        wake(wait.who, wait.ticket, wake_reason::canceled);
    }
};

/// While this lives, a stop request ends the wait. Its destructor waits until a request on another thread has done so,
/// which takes no longer than a wake-up.
using stop_wake = std::stop_callback<cancel_wait_on_stop>;

/// Sleeps, and wakes up when a stop is requested too: `wait_outcome::canceled`, as when the fiber is cancelled.
template <class Sleep>
wait_outcome sleep_unless_stopped(wait_entry& mine, const std::stop_token& stop, Sleep& sleep)
{
    const stop_wake on_stop(stop, cancel_wait_on_stop{mine});
    return sleep();
}

} // namespace weft::detail

#endif
