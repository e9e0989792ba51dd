// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_WAIT_QUEUE_HPP
#define WEFT_FIBER_WAIT_QUEUE_HPP

#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/detail/wait_list.hpp>

#include <cstddef>
#include <mutex>

namespace weft
{

namespace detail
{

/// What `wait_queue::wait_unless` does, with an entry that may know more: made of the waiter and `extra`. Once the wait
/// can be notified, `around(entry, sleep)` is called without the lock; it must call `sleep()` and return its result.
template <class Entry = wait_entry, class Satisfied, class Around, class... Extra>
WEFT_PATH_INLINE inline wait_outcome wait_around(wait_list& list, Satisfied&& satisfied, const wait_limits& bounds,
                                                 Around&& around, const Extra&... extra)
{
    sleeper me;
    me.take_turn();
    if (me.is_canceled(bounds.kind))
    {
        return wait_outcome::canceled;
    }
    Entry mine{me.self(), extra...};
    {
        const std::lock_guard guard(list.lock());
        if (satisfied())
        {
            return wait_outcome::notified;
        }
        me.require_may_sleep();
        list.push_back(mine, me.effective(bounds.kind));
    }
    const auto result = around(mine, [&me, &mine, &bounds] { return me.sleep(mine.ticket, bounds); });
    if (result != wait_outcome::notified)
    {
        list.withdraw(mine);
    }
    return result;
}

/// For `wait_around`.
inline constexpr auto just_sleep = [](wait_entry&, auto sleep) { return sleep(); };

/// What `wait_queue::wait_unless` does.
template <class Satisfied, class BeforeSleep>
WEFT_PATH_INLINE inline wait_outcome wait_in(wait_list& list, Satisfied& satisfied, const wait_limits& bounds,
                                             BeforeSleep& before_sleep)
{
    return wait_around(list, satisfied, bounds, [&before_sleep](wait_entry&, auto sleep) {
        before_sleep();
        return sleep();
    });
}

/// Wakes claimed waiters in order and says how many.
inline std::size_t deliver_all(wait_list::entries& claimed) noexcept
{
    std::size_t count = 0;
    while (!claimed.empty())
    {
        auto& who = claimed.front().who;
        claimed.pop_front();
        deliver(who);
        ++count;
    }
    return count;
}

} // namespace detail

/// Fibers and threads that wait for something, first come, first served. For authors of primitives: every lock, event
/// and queue of weft is a word of state and one of these.
///
/// The entries live in the waiting frames; nothing is allocated. The state that is waited for is read and changed
/// under the queue's lock, in the function objects given to `wait_unless` and `with_lock`. They must be short, must
/// not throw, and must not wait or wake anybody.
///
/// Destruction: whoever has been notified may destroy the queue at once, also while `notify_one` or `notify_all` has
/// not returned yet.
///
/// Thread safety: any thread, any fiber, any handler; plain threads may wait too and then block as threads.
class wait_queue
{
public:
    /// How a wait may end early.
    using limits = detail::wait_limits;
    /// How a wait has ended.
    using outcome = detail::wait_outcome;

    wait_queue() = default;
    wait_queue(const wait_queue&) = delete;
    wait_queue& operator=(const wait_queue&) = delete;

    /// Waits until notified, unless `satisfied()`, called under the lock, says that there is no need to.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: for `wait_kind::interruptible`, at entry and while it waits; reported as `outcome::canceled`.
    template <class Satisfied>
    outcome wait_unless(Satisfied satisfied, const limits& bounds)
    {
        return wait_unless(satisfied, bounds, [] {});
    }

    /// As above; `before_sleep()` runs outside the lock once the wait can be notified.
    template <class Satisfied, class BeforeSleep>
    WEFT_PATH_INLINE outcome wait_unless(Satisfied satisfied, const limits& bounds, BeforeSleep before_sleep)
    {
        return detail::wait_in(entries_, satisfied, bounds, before_sleep);
    }

    /// Wakes the one that has waited longest. False if nobody waits. Blocks: never.
    bool notify_one() noexcept
    {
        return notify_one([](bool) {});
    }

    /// As above; `change(found)` runs under the lock, before the woken side can run.
    template <class Change>
    bool notify_one(Change change) noexcept
    {
        detail::waiter* chosen = nullptr;
        {
            const std::lock_guard guard(entries_.lock());
            chosen = entries_.claim_first();
            change(chosen != nullptr);
        }
        if (chosen != nullptr)
        {
            detail::deliver(*chosen);
        }
        return chosen != nullptr;
    }

    /// Wakes all that wait now and returns how many; `change()` runs under the lock, before any of them can run. The
    /// queue is not touched after `change()`: whoever sees what that has changed may destroy it. Blocks: never.
    template <class Change>
    std::size_t notify_all(Change change) noexcept
    {
        detail::wait_list::entries claimed;
        {
            const std::lock_guard guard(entries_.lock());
            entries_.claim_all(claimed);
            change();
        }
        return detail::deliver_all(claimed);
    }

    std::size_t notify_all() noexcept
    {
        return notify_all([] {});
    }

    /// The entries, for changes that need more than one of the calls above under one lock.
    detail::wait_list& entries() noexcept
    {
        return entries_;
    }

private:
    detail::wait_list entries_;
};

} // namespace weft

#endif
