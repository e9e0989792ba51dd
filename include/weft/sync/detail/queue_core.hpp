// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_QUEUE_CORE_HPP
#define WEFT_SYNC_DETAIL_QUEUE_CORE_HPP

#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/queue_exchange.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace weft::detail
{

/// What all queues, channels and stacks of weft have in common: elements that pass, and the waits of those who put and
/// take them.
template <class T, take_order Order = take_order::first_in_first_out>
class queue_core : private queue_exchange<T, Order>
{
    using base = queue_exchange<T, Order>;
    using base::closed_;
    using base::lock_;
    using base::poppers_;
    using base::pushers_;
    using base::store_;

public:
    /// Errors: `std::bad_alloc`.
    explicit queue_core(std::size_t places) : base(places) {}

    using base::capacity;
    using base::close;
    using base::is_closed;
    using base::size;

    template <class U>
    queue_outcome try_push(U&& value)
    {
        return this->push_or(std::forward<U>(value), [] {});
    }

    template <class U>
    queue_outcome push(U&& value, const wait_limits& limits)
    {
        sleeper me;
        me.take_turn();
        if (me.is_canceled(limits.kind))
        {
            return queue_outcome::canceled;
        }
        for (;;)
        {
            std::optional<push_entry<T>> mine;
            const auto outcome = this->push_or(std::forward<U>(value), [&] {
                mine.emplace(me.self(), std::forward<U>(value));
                enlist(me, pushers_, *mine, limits);
            });
            if (outcome != queue_outcome::blocked) [[likely]]
            {
                return outcome;
            }
            if (const auto woken = sleep(me, pushers_, *mine, limits); woken != queue_outcome::blocked)
            {
                return woken;
            }
            me.renew();
        }
    }

    queue_outcome try_pop(std::optional<T>& into)
    {
        return this->pop_or(into, [] {});
    }

    queue_outcome pop(std::optional<T>& into, const wait_limits& limits)
    {
        sleeper me;
        me.take_turn();
        if (me.is_canceled(limits.kind))
        {
            return queue_outcome::canceled;
        }
        for (;;)
        {
            std::optional<pop_entry<T>> mine;
            const auto outcome = this->pop_or(into, [&] {
                mine.emplace(me.self(), into);
                enlist(me, poppers_, *mine, limits);
            });
            if (outcome != queue_outcome::blocked) [[likely]]
            {
                return outcome;
            }
            if (const auto woken = sleep(me, poppers_, *mine, limits); woken != queue_outcome::blocked)
            {
                return woken;
            }
            me.renew();
        }
    }

    // ── for select: one wait in several lists ──

    /// False, and nothing has happened, if `try_pop` would not say `blocked`.
    bool enlist_if_blocked(pop_entry<T>& mine, wait_ticket ticket) noexcept
    {
        const std::lock_guard guard(lock_);
        if (closed_ || !store_.empty() || (store_.capacity() == 0 && pushers_.has_other_than(mine.who)))
        {
            return false;
        }
        poppers_.push_back(mine, ticket);
        return true;
    }

    /// The same for `try_push`.
    bool enlist_if_blocked(push_entry<T>& mine, wait_ticket ticket) noexcept
    {
        const std::lock_guard guard(lock_);
        if (closed_ || !store_.is_full() || poppers_.has_other_than(mine.who))
        {
            return false;
        }
        pushers_.push_back(mine, ticket);
        return true;
    }

    /// Takes an entry out. The queue may be gone if somebody has claimed it.
    class withdrawal
    {
    public:
        withdrawal(queue_core& queue, const pop_entry<T>&) noexcept : lock_(queue.lock_), list_(queue.poppers_) {}
        withdrawal(queue_core& queue, const push_entry<T>&) noexcept : lock_(queue.lock_), list_(queue.pushers_) {}
        void operator()(queue_entry& mine) const noexcept
        {
            const std::lock_guard guard(lock_);
            list_.remove(mine);
        }

    private:
        queue_lock& lock_;
        wait_list& list_;
    };

private:
    // Under the lock.
    static void enlist(sleeper& me, wait_list& list, queue_entry& mine, const wait_limits& limits)
    {
        me.require_may_sleep();
        list.push_back(mine, me.effective(limits.kind));
    }

    /// `blocked`: to be tried again.
    WEFT_PATH_INLINE queue_outcome sleep(sleeper& me, wait_list& list, queue_entry& mine, const wait_limits& limits)
    {
        auto& lock = lock_; // the queue may be gone when this wakes up
        const auto outcome = me.sleep(mine.ticket, limits);
        if (outcome == wait_outcome::notified) [[likely]]
        {
            return mine.result;
        }
        const std::lock_guard guard(lock);
        list.remove(mine);
        return to_queue_outcome(outcome);
    }
};

} // namespace weft::detail

#endif
