// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/lock_wait.hpp>
#include <weft/sync/shared_mutex.hpp>

#include <mutex>

namespace weft::detail
{

namespace
{

struct shared_mutex_entry : wait_entry
{
    shared_mutex_entry(waiter& me, bool wants_to_share) noexcept : wait_entry(me), as_shared(wants_to_share) {}

    const bool as_shared;
};

} // namespace

wait_outcome shared_mutex_core::wait(bool as_shared, owner_word self, const wait_limits& limits)
{
    if ((word_.load(std::memory_order_relaxed) & ~has_waiters) == self)
    {
        throw_relock();
    }
    const auto owner = [](const void* lock) noexcept {
        const auto word = static_cast<const shared_mutex_core*>(lock)->word_.load(std::memory_order_relaxed);
        return (word & shared) != 0 ? 0 : word & ~has_waiters;
    };
    const observed_lock_wait observed(self, this, owner, limits.kind != wait_kind::plain);
    const auto announced = [=, this] { return take_or_announce(as_shared, self); };
    try
    {
        const auto outcome =
            wait_around<shared_mutex_entry>(waiters_.entries(), announced, limits, just_sleep, as_shared);
        if (outcome != wait_outcome::notified)
        {
            go_without();
        }
        return outcome;
    }
    catch (...) // it must not sleep here
    {
        go_without();
        throw;
    }
}

/// One that gave up may have been what held the others up.
void shared_mutex_core::go_without() noexcept
{
    wait_list::entries admitted;
    {
        const std::lock_guard guard(waiters_.entries().lock());
        const auto word = word_.load(std::memory_order_acquire); // of those who shared it and are gone
        if ((word & has_waiters) != 0)
        {
            admit(word & ~has_waiters, admitted);
        }
    }
    deliver_all(admitted);
}

/// Under the queue's lock.
bool shared_mutex_core::take_or_announce(bool as_shared, owner_word self) noexcept
{
    for (;;)
    {
        if (as_shared ? try_lock_shared() : try_lock_as(self))
        {
            return true;
        }
        auto word = word_.load(std::memory_order_relaxed);
        const bool may_go = word == 0 || (as_shared && (word & (shared | has_waiters)) == shared);
        if (!may_go && word_.compare_exchange_weak(word, word | has_waiters, std::memory_order_relaxed))
        {
            return false;
        }
    }
}

void shared_mutex_core::unlock_contended()
{
    if ((word_.load(std::memory_order_relaxed) & ~has_waiters) != current_owner())
    {
        throw_foreign_unlock();
    }
    wait_list::entries admitted;
    {
        const std::lock_guard guard(waiters_.entries().lock());
        admit(0, admitted);
    }
    deliver_all(admitted);
}

void shared_mutex_core::unlock_shared_contended()
{
    bool is_shared = true;
    wait_list::entries admitted;
    {
        const std::lock_guard guard(waiters_.entries().lock());
        // What the others did who shared it and left before comes before what the next writer does.
        auto word = word_.load(std::memory_order_acquire);
        for (bool done = false; !done;)
        {
            is_shared = (word & shared) != 0;
            if (!is_shared)
            {
                break;
            }
            if ((word & has_waiters) != 0)
            {
                admit(without_one(word & ~has_waiters), admitted);
                break;
            }
            // The last waiter has given up meanwhile, so that the word may change under our hands.
            done = word_.compare_exchange_weak(word, without_one(word), std::memory_order_release,
                                               std::memory_order_acquire);
        }
    }
    if (!is_shared)
    {
        throw_foreign_unlock();
    }
    deliver_all(admitted);
}

/// Under the queue's lock, while `word_` has `has_waiters`: lets in, beside the `holders`, all who may go, and sets the
/// word. `*this` is not touched after that: whoever is admitted may destroy it.
void shared_mutex_core::admit(owner_word holders, wait_list::entries& admitted) noexcept
{
    auto& list = waiters_.entries();
    const auto may_go = [&holders](const wait_entry& next) {
        return holders == 0 || ((holders & shared) != 0 && static_cast<const shared_mutex_entry&>(next).as_shared);
    };
    while (const auto next = list.claim_first_if(may_go))
    {
        holders = static_cast<const shared_mutex_entry&>(*next).as_shared ? (holders | shared) + one_more
                                                                          : owner_of(next->who);
        admitted.push_back(*next);
    }
    word_.store(holders | (list.empty() ? 0 : has_waiters), std::memory_order_release);
}

} // namespace weft::detail
