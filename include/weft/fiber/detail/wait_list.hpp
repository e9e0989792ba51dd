// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_WAIT_LIST_HPP
#define WEFT_FIBER_DETAIL_WAIT_LIST_HPP

#include <weft/fiber/detail/queue_lock.hpp>
#include <weft/fiber/detail/waiter.hpp>

#include <boost/intrusive/list.hpp>

#include <algorithm>
#include <mutex>

namespace weft::detail
{

/// One wait in a list; lives in the waiting frame.
struct wait_entry : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>
{
    explicit wait_entry(waiter& me) noexcept : who(me) {}

    waiter& who;
    /// Ends the wait because of what this entry waits for. False if something else has ended it.
    bool claim() noexcept
    {
        if (!who.claim(ticket, wake_reason::notified))
        {
            return false;
        }
        claimed = true;
        return true;
    }

    wait_ticket ticket = 0;
    bool queued = false;  // under the list's lock
    bool claimed = false; ///< of several entries of one wait, the one that ended it; the waiter's after the wait
};

/// Waits in the order in which they began. Without a remark, members are called under `lock()`.
class wait_list
{
public:
    using entries = boost::intrusive::list<wait_entry, boost::intrusive::constant_time_size<false>>;

    queue_lock& lock() const noexcept
    {
        return lock_of(this);
    }

    bool empty() const noexcept
    {
        return entries_.empty();
    }

    /// Arms the entry's waiter: from now on it must sleep.
    void push_back(wait_entry& mine, wait_kind kind) noexcept
    {
        mine.ticket = mine.who.arm(kind);
        mine.queued = true;
        entries_.push_back(mine);
    }

    /// For one wait in several lists: with the ticket of a waiter that is armed already.
    void push_back(wait_entry& mine, wait_ticket ticket) noexcept
    {
        mine.ticket = ticket;
        mine.queued = true;
        entries_.push_back(mine);
    }

    /// Takes out the one that has waited longest and still waits; the caller owes it `deliver`. Null if there is none.
    waiter* claim_first() noexcept
    {
        const auto first = claim_first_if([](const wait_entry&) { return true; });
        return first != nullptr ? &first->who : nullptr;
    }

    /// As `claim_first`, unless `may_go(entry)` refuses the first: nobody is passed over. The entry lives until its
    /// waiter is delivered.
    template <class MayGo>
    wait_entry* claim_first_if(MayGo may_go) noexcept
    {
        while (!entries_.empty() && may_go(static_cast<const wait_entry&>(entries_.front())))
        {
            auto& first = pop_front();
            // One that has timed out or was cancelled is on its way to withdraw and no longer counts.
            if (first.claim())
            {
                return &first;
            }
        }
        return nullptr;
    }

    /// Moves all that still wait; the caller owes each `deliver`, in order, after taking it out of `claimed`.
    void claim_all(entries& claimed) noexcept
    {
        while (!entries_.empty())
        {
            auto& first = pop_front();
            if (first.claim())
            {
                claimed.push_back(first);
            }
        }
    }

    /// As `claim_all`, for at most `count` of them, which is lowered by their number.
    template <class Count>
    void claim_up_to(Count& count, entries& claimed) noexcept
    {
        while (count > 0)
        {
            const auto first = claim_first_if([](const wait_entry&) { return true; });
            if (first == nullptr)
            {
                return;
            }
            claimed.push_back(*first);
            --count;
        }
    }

    /// For a waiter that was not notified. Takes the lock. The list may be gone already if the entry was taken out.
    void withdraw(wait_entry& mine) noexcept
    {
        const std::lock_guard guard(lock());
        remove(mine);
    }

    /// Takes the entry out if it is still in. The list may be gone already if it is not.
    void remove(wait_entry& mine) noexcept
    {
        if (mine.queued)
        {
            mine.queued = false;
            entries_.erase(entries_.iterator_to(mine));
        }
    }

    /// Whether somebody other than `me` stands here.
    bool has_other_than(const waiter& me) const noexcept
    {
        return std::any_of(entries_.begin(), entries_.end(), [&me](const wait_entry& one) { return &one.who != &me; });
    }

private:
    wait_entry& pop_front() noexcept
    {
        auto& first = entries_.front();
        entries_.pop_front();
        first.queued = false;
        return first;
    }

    entries entries_;
};

} // namespace weft::detail

#endif
