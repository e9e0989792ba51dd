// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_QUEUE_EXCHANGE_HPP
#define WEFT_SYNC_DETAIL_QUEUE_EXCHANGE_HPP

#include <weft/fiber/wait_queue.hpp>
#include <weft/sync/detail/element_store.hpp>
#include <weft/sync/detail/queue_entries.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

namespace weft::detail
{

/// Which end of the store elements are taken from.
enum class take_order
{
    first_in_first_out,
    last_in_first_out
};

/// Elements, those who wait to take one, those who wait to put one, and the end: how elements pass, without the waiting.
///
/// An element that meets a waiting taker goes straight into the taker's frame, and with capacity 0 straight from the
/// putter's frame into the taker's; whoever comes second moves it, without the lock. Takers wait only while there is
/// nothing, putters only while there is no room; so nobody overtakes anybody.
///
/// All of it is guarded by `lock_`, which stands outside of the queue: see `lock_of`. Elements move into and out of the
/// store under the lock.
template <class T, take_order Order>
class queue_exchange
{
public:
    queue_exchange(const queue_exchange&) = delete;
    queue_exchange& operator=(const queue_exchange&) = delete;

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

protected:
    /// Errors: `std::bad_alloc`.
    explicit queue_exchange(std::size_t capacity) : store_(capacity) {}

    /// Those who still wait are told that the queue is closed, and do not touch it again.
    ~queue_exchange()
    {
        close();
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

protected:
    store store_;
    wait_list poppers_;
    wait_list pushers_;
    bool closed_ = false;
    queue_lock& lock_ = lock_of(&store_);
};

} // namespace weft::detail

#endif
