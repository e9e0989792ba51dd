// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_READY_QUEUE_HPP
#define WEFT_FIBER_DETAIL_READY_QUEUE_HPP

#include <weft/fiber/detail/fiber_record.hpp>

namespace weft::detail
{

/// First in, first out, over the link that a record also uses in the inbox: a fiber is in one of the two at most.
class ready_queue
{
public:
    bool empty() const noexcept
    {
        return head_ == nullptr;
    }

    /// Complexity: linear.
    std::size_t size() const noexcept
    {
        std::size_t count = 0;
        for (const inbox_node* one = head_; one != nullptr; one = one->next)
        {
            ++count;
        }
        return count;
    }

    void push_back(fiber_record& fiber) noexcept
    {
        fiber.next = nullptr;
        if (head_ == nullptr)
        {
            head_ = &fiber;
        }
        else
        {
            tail_->next = &fiber;
        }
        tail_ = &fiber;
    }

    void push_front(fiber_record& fiber) noexcept
    {
        fiber.next = head_;
        if (head_ == nullptr)
        {
            tail_ = &fiber;
        }
        head_ = &fiber;
    }

    /// The other queue must not be used as such any more. Complexity: constant.
    void push_back(const ready_queue& others) noexcept
    {
        if (others.head_ == nullptr)
        {
            return;
        }
        if (head_ == nullptr)
        {
            head_ = others.head_;
        }
        else
        {
            tail_->next = others.head_;
        }
        tail_ = others.tail_;
    }

    /// Null when empty.
    fiber_record* pop_front() noexcept
    {
        const auto first = head_;
        if (first != nullptr)
        {
            head_ = static_cast<fiber_record*>(first->next);
        }
        return first;
    }

private:
    fiber_record* head_ = nullptr;
    fiber_record* tail_ = nullptr;
};

} // namespace weft::detail

#endif
