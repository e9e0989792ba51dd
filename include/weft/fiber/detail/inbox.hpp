// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_INBOX_HPP
#define WEFT_FIBER_DETAIL_INBOX_HPP

#include <atomic>
#include <cstddef>

namespace weft::detail
{

class scheduler_core;

/// Something that another thread, or a handler outside the round, wants done inside a scheduler's round. `run` is null
/// for the common case, a fiber that is to be made ready.
struct inbox_node
{
    inbox_node* next = nullptr;
    void (*run)(scheduler_core&, inbox_node&) = nullptr;
};

/// How the outside reaches a scheduler, and who may run its rounds: a lock-free list with one more value, *idle*.
///
///     idle    -> owned   by the first `push`, or by `try_claim`; that caller must see to it that a round runs
///     owned   -> owned   further pushes; the owner takes all that has gathered
///     owned   -> idle    by the owner, if nothing has gathered
///
/// Thread safety: any thread, except where a member is the owner's.
class inbox
{
public:
    /// True if the caller now owns the next round.
    bool push(inbox_node& node) noexcept
    {
        auto head = head_.load(std::memory_order_relaxed);
        do
        {
            node.next = head == &idle_ ? nullptr : head;
        } while (!head_.compare_exchange_weak(head, &node, std::memory_order_acq_rel, std::memory_order_relaxed));
        return head == &idle_;
    }

    /// True if it was idle and the caller now owns the round.
    bool try_claim() noexcept
    {
        auto expected = &idle_;
        return head_.compare_exchange_strong(expected, nullptr, std::memory_order_acq_rel, std::memory_order_relaxed);
    }

    /// The owner's: false if something has gathered. After a true another thread may run the next round at once.
    bool try_rest() noexcept
    {
        inbox_node* nothing = nullptr;
        return head_.compare_exchange_strong(nothing, &idle_, std::memory_order_acq_rel, std::memory_order_relaxed);
    }

    /// The owner's: all that has gathered, first come first, linked by `next`; null if there is nothing.
    inbox_node* take_all() noexcept
    {
        if (head_.load(std::memory_order_relaxed) == nullptr)
        {
            return nullptr;
        }
        auto latest = head_.exchange(nullptr, std::memory_order_acquire);
        inbox_node* first = nullptr;
        while (latest != nullptr)
        {
            const auto before = latest->next;
            latest->next = first;
            first = latest;
            latest = before;
        }
        return first;
    }

private:
    inbox_node idle_; // only its address
    std::atomic<inbox_node*> head_{&idle_};
};

} // namespace weft::detail

#endif
