// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_QUEUE_ITERATOR_HPP
#define WEFT_SYNC_DETAIL_QUEUE_ITERATOR_HPP

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>

namespace weft::detail
{

/// Takes elements out one by one and holds the latest. At the end when the queue is closed and empty.
template <class Queue>
class queue_iterator
{
public:
    using iterator_concept = std::input_iterator_tag;
    using iterator_category = std::input_iterator_tag;
    using value_type = typename Queue::value_type;
    using difference_type = std::ptrdiff_t;
    using pointer = value_type*;
    using reference = value_type&;

    /// At the end.
    queue_iterator() = default;
    explicit queue_iterator(Queue& queue) : queue_(&queue)
    {
        ++*this;
    }

    reference operator*() const noexcept
    {
        return *element_;
    }
    pointer operator->() const noexcept
    {
        return std::addressof(*element_);
    }

    /// Waits for the next element, as `pop` does. If that throws, the present element is gone, and the next attempt may
    /// be made.
    queue_iterator& operator++()
    {
        element_.reset();
        if (!queue_->pop_into(element_))
        {
            queue_ = nullptr;
        }
        return *this;
    }
    void operator++(int)
    {
        ++*this;
    }

    friend bool operator==(const queue_iterator& a, const queue_iterator& b) noexcept
    {
        return a.queue_ == b.queue_;
    }
    friend bool operator==(const queue_iterator& a, std::default_sentinel_t) noexcept
    {
        return a.queue_ == nullptr;
    }

private:
    Queue* queue_ = nullptr;
    mutable std::optional<value_type> element_;
};

} // namespace weft::detail

#endif
