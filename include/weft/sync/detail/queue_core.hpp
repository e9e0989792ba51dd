// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_QUEUE_CORE_HPP
#define WEFT_SYNC_DETAIL_QUEUE_CORE_HPP

#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/element_store.hpp>
#include <weft/sync/detail/queue_entries.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// Which end of the store elements are taken from.
enum class take_order
{
    first_in_first_out,
    last_in_first_out
};

/// What all queues, channels and stacks of weft have in common: elements, those who wait to take one, those who wait to
/// put one, and the end.
///
/// An element that meets a waiting taker goes straight into the taker's frame, and with capacity 0 straight from the
/// putter's frame into the taker's; whoever comes second moves it, without the lock. Takers wait only while there is
/// nothing, putters only while there is no room; so nobody overtakes anybody.
///
/// All of it is guarded by `lock_`, which stands outside of the queue: see `lock_of`. Elements move into and out of the
/// store under the lock.
template <class T, take_order Order = take_order::first_in_first_out>
class queue_core
{
public:
    /// Errors: `std::bad_alloc`.
    explicit queue_core(std::size_t capacity) : store_(capacity) {}
    queue_core(const queue_core&) = delete;
    queue_core& operator=(const queue_core&) = delete;

    /// Those who still wait are told that the queue is closed, and do not touch it again.
    ~queue_core()
    {
        close();
    }

    template <class U>
    queue_outcome try_push(U&& value)
    {
        return push_or(std::forward<U>(value), [] {});
    }

    template <class U>
    queue_outcome push(U&& value, const wait_limits& limits)
    {
        sleeper me;
        if (me.is_canceled(limits.kind))
        {
            return queue_outcome::canceled;
        }
        for (;;)
        {
            std::optional<push_entry<T>> mine;
            const auto outcome = push_or(std::forward<U>(value), [&] {
                mine.emplace(me.self(), value);
                if constexpr (!std::is_rvalue_reference_v<U&&>)
                {
                    mine->movable = nullptr;
                }
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
        }
    }

    queue_outcome try_pop(std::optional<T>& into)
    {
        return pop_or(into, [] {});
    }

    queue_outcome pop(std::optional<T>& into, const wait_limits& limits)
    {
        sleeper me;
        if (me.is_canceled(limits.kind))
        {
            return queue_outcome::canceled;
        }
        for (;;)
        {
            std::optional<pop_entry<T>> mine;
            const auto outcome = pop_or(into, [&] {
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
        }
    }

    void close() noexcept
    {
        wait_list::entries claimed;
        {
            const std::lock_guard guard(lock_);
            closed_ = true;
            poppers_.claim_all(claimed);
            pushers_.claim_all(claimed);
            for (auto& one : claimed)
            {
                static_cast<queue_entry&>(one).result = queue_outcome::closed;
            }
        }
        deliver_all(claimed);
    }

    bool is_closed() const noexcept
    {
        const std::lock_guard guard(lock_);
        return closed_;
    }

    std::size_t size() const noexcept
    {
        const std::lock_guard guard(lock_);
        return store_.size();
    }

    std::size_t capacity() const noexcept
    {
        return store_.capacity();
    }

    // ── for select: one wait in several lists ──

    /// False, and nothing has happened, if `try_pop` would not say `blocked`.
    bool enlist_popper(pop_entry<T>& mine, wait_ticket ticket) noexcept
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
    bool enlist_pusher(push_entry<T>& mine, wait_ticket ticket) noexcept
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
        withdrawal(queue_core& queue, bool pops) noexcept
            : lock_(queue.lock_), list_(pops ? queue.poppers_ : queue.pushers_)
        {
        }
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
    using store = element_store<T>;

    /// Wakes whoever was claimed, when the element is where it belongs, or could not be brought there.
    struct delivery
    {
        waiter& who;
        ~delivery()
        {
            deliver(who);
        }
    };

    template <class Entry>
    static Entry* claim_first(wait_list& list) noexcept
    {
        return static_cast<Entry*>(list.claim_first_if([](const wait_entry&) { return true; }));
    }

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

    /// `if_blocked()` is called under the lock.
    template <class U, class IfBlocked>
    WEFT_PATH_INLINE queue_outcome push_or(U&& value, IfBlocked&& if_blocked)
    {
        std::unique_lock guard(lock_);
        if (poppers_.empty() && !closed_ && !store_.is_full() && !store_.needs_chunk()) [[likely]]
        {
            store_.push_back(std::forward<U>(value));
            return queue_outcome::done;
        }
        return push_rarely(guard, std::forward<U>(value), if_blocked);
    }

    // Somebody waits, or it is full or closed, or memory is needed.
    template <class U, class IfBlocked>
    queue_outcome push_rarely(std::unique_lock<queue_lock>& guard, U&& value, IfBlocked& if_blocked)
    {
        typename store::chunk_pointer more;
        for (;; guard.lock())
        {
            if (closed_)
            {
                return queue_outcome::closed;
            }
            if (const auto taker = claim_first<pop_entry<T>>(poppers_))
            {
                guard.unlock();
                const delivery wake_taker{taker->who};
                taker->into.emplace(std::forward<U>(value));
                taker->result = queue_outcome::done;
                return queue_outcome::done;
            }
            if (store_.is_full())
            {
                if_blocked();
                return queue_outcome::blocked;
            }
            if (!store_.needs_chunk() || more)
            {
                break;
            }
            guard.unlock();
            more = store_.make_chunk();
        }
        if (store_.needs_chunk())
        {
            store_.add_chunk(std::move(more));
        }
        store_.push_back(std::forward<U>(value));
        guard.unlock(); // before `more` goes, if somebody else has brought a chunk meanwhile
        return queue_outcome::done;
    }

    /// `if_blocked()` is called under the lock.
    template <class IfBlocked>
    WEFT_PATH_INLINE queue_outcome pop_or(std::optional<T>& into, IfBlocked&& if_blocked)
    {
        std::unique_lock guard(lock_);
        if (!store_.empty() && pushers_.empty()) [[likely]]
        {
            into.emplace(std::move(next_element()));
            const auto unused = remove_next();
            guard.unlock(); // before that memory goes
            return queue_outcome::done;
        }
        return pop_rarely(guard, into, if_blocked);
    }

    // Somebody waits, or it is empty.
    template <class IfBlocked>
    queue_outcome pop_rarely(std::unique_lock<queue_lock>& guard, std::optional<T>& into, IfBlocked& if_blocked)
    {
        if (!store_.empty())
        {
            into.emplace(std::move(next_element()));
            const auto unused = remove_next();
            wait_list::entries admitted;
            admit_pushers(admitted);
            guard.unlock();
            deliver_all(admitted);
            return queue_outcome::done;
        }
        if (const auto putter = claim_first<push_entry<T>>(pushers_))
        {
            guard.unlock();
            const delivery wake_putter{putter->who};
            putter->give_to([&into]<class U>(U&& element) { into.emplace(std::forward<U>(element)); });
            putter->result = queue_outcome::done;
            return queue_outcome::done;
        }
        if (closed_)
        {
            return queue_outcome::closed;
        }
        if_blocked();
        return queue_outcome::blocked;
    }

    T& next_element() noexcept
    {
        return Order == take_order::first_in_first_out ? store_.front() : store_.back();
    }

    typename store::chunk_pointer remove_next() noexcept
    {
        return Order == take_order::first_in_first_out ? store_.pop_front() : store_.pop_back();
    }

    // Under the lock.
    void admit_pushers(wait_list::entries& admitted) noexcept
    {
        while (!store_.is_full())
        {
            const auto first = claim_first<push_entry<T>>(pushers_);
            if (first == nullptr)
            {
                return;
            }
            admitted.push_back(*first);
            try
            {
                first->give_to([this]<class U>(U&& element) { store_.push_back(std::forward<U>(element)); });
                first->result = queue_outcome::done;
            }
            catch (...)
            {
                // It will throw in its own frame, where it tries again.
            }
        }
    }

    store store_;
    wait_list poppers_;
    wait_list pushers_;
    bool closed_ = false;
    queue_lock& lock_ = lock_of(&store_);
};

} // namespace weft::detail

#endif
