// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/sync/condition_variable.hpp>

#include <boost/system/system_error.hpp>

namespace weft
{

void condition_variable::wait(std::unique_lock<mutex>& lock)
{
    wait_with(lock, detail::time_point::max());
}

std::cv_status condition_variable::wait_with(std::unique_lock<mutex>& lock, detail::time_point limit)
{
    if (!lock.owns_lock() || !lock.mutex()->is_held_by_caller())
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::operation_not_permitted),
                                          "weft::condition_variable::wait: the lock is not held");
    }
    bool unlocked = false;
    const auto outcome = waiters_.wait_unless([] { return false; }, {detail::wait_kind::patient, limit},
                                              [&lock, &unlocked]
                                              {
                                                  lock.mutex()->unlock();
                                                  unlocked = true;
                                              });
    if (unlocked)
    {
        // The lock object believes that it owns the mutex all the time, and so it must.
        lock.mutex()->lock();
    }
    detail::throw_if_failed(outcome);
    return outcome == detail::wait_outcome::timed_out ? std::cv_status::timeout : std::cv_status::no_timeout;
}

} // namespace weft
