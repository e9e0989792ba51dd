// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_ELEMENT_STORE_HPP
#define WEFT_SYNC_DETAIL_ELEMENT_STORE_HPP

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <new>
#include <utility>

namespace weft::detail
{

/// The elements of a queue or a stack, in order, in raw memory: a circle of chunks.
///
///     bounded    one chunk as large as the capacity, allocated at once; it is its own successor, and so a ring
///     unbounded  chunks come as needed; one that has become empty is kept for the next time, further ones are given up
///
/// An element never moves inside. If copying or moving one in throws, nothing has changed.
template <class T>
class element_store
{
public:
    static constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

    class chunk
    {
    public:
        T* slot(std::size_t index) noexcept
        {
            return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(this) + first_slot) + index;
        }

        chunk* next = this;
        chunk* previous = this;
    };

    struct chunk_deleter
    {
        void operator()(chunk* one) const noexcept
        {
            ::operator delete(static_cast<void*>(one), std::align_val_t{alignment});
        }
    };
    using chunk_pointer = std::unique_ptr<chunk, chunk_deleter>;

    /// Errors: `std::bad_alloc`.
    explicit element_store(std::size_t capacity)
        : capacity_(capacity),
          chunk_size_(capacity == unbounded ? default_chunk_size : capacity),
          head_(chunk_size_),
          tail_(chunk_size_)
    {
        if (capacity != unbounded && capacity != 0)
        {
            add_chunk(make_chunk());
        }
    }
    element_store(const element_store&) = delete;
    element_store& operator=(const element_store&) = delete;

    ~element_store()
    {
        while (size_ != 0)
        {
            pop_front();
        }
        if (head_chunk_ != nullptr)
        {
            for (auto one = head_chunk_->next; one != head_chunk_;)
            {
                const chunk_pointer gone(std::exchange(one, one->next));
            }
            const chunk_pointer last(head_chunk_);
        }
    }

    std::size_t size() const noexcept
    {
        return size_;
    }
    bool empty() const noexcept
    {
        return size_ == 0;
    }
    std::size_t capacity() const noexcept
    {
        return capacity_;
    }
    bool is_full() const noexcept
    {
        return size_ == capacity_;
    }

    /// True if `add_chunk` must come before the next `push_back`.
    bool needs_chunk() const noexcept
    {
        return tail_ == chunk_size_ && capacity_ == unbounded && spares_ == 0;
    }

    /// Errors: `std::bad_alloc`. Needs no exclusion.
    chunk_pointer make_chunk() const
    {
        if (chunk_size_ > (std::numeric_limits<std::size_t>::max() / 2 - first_slot) / sizeof(T))
        {
            throw std::bad_array_new_length();
        }
        const auto memory = ::operator new(first_slot + chunk_size_ * sizeof(T), std::align_val_t{alignment});
        return chunk_pointer(::new (memory) chunk);
    }

    void add_chunk(chunk_pointer added) noexcept
    {
        const auto one = added.release();
        if (tail_chunk_ == nullptr)
        {
            head_chunk_ = tail_chunk_ = one;
            head_ = tail_ = 0;
            return;
        }
        one->previous = tail_chunk_;
        one->next = tail_chunk_->next;
        one->next->previous = one;
        tail_chunk_->next = one;
        ++spares_;
    }

    /// There must be room.
    template <class... Args>
    void push_back(Args&&... args)
    {
        const bool moves_on = tail_ == chunk_size_;
        const auto where = moves_on ? tail_chunk_->next : tail_chunk_;
        const auto index = moves_on ? 0 : tail_;
        ::new (static_cast<void*>(where->slot(index))) T(std::forward<Args>(args)...);
        if (moves_on && where != tail_chunk_)
        {
            --spares_;
        }
        tail_chunk_ = where;
        tail_ = index + 1;
        ++size_;
    }

    /// There must be an element.
    T& front() noexcept
    {
        return *std::launder(head_ == chunk_size_ ? head_chunk_->next->slot(0) : head_chunk_->slot(head_));
    }

    /// Destroys the first element. Returns memory that is no longer needed, to be freed without the lock.
    chunk_pointer pop_front() noexcept
    {
        chunk_pointer unused;
        std::destroy_at(std::addressof(front()));
        if (head_ == chunk_size_)
        {
            const auto left = std::exchange(head_chunk_, head_chunk_->next);
            head_ = 0;
            unused = keep_or_unlink(left);
        }
        ++head_;
        --size_;
        start_over_if_empty();
        return unused;
    }

    /// There must be an element.
    T& back() noexcept
    {
        return *std::launder(tail_ == 0 ? tail_chunk_->previous->slot(chunk_size_ - 1) : tail_chunk_->slot(tail_ - 1));
    }

    /// Destroys the last element; returns as `pop_front` does.
    chunk_pointer pop_back() noexcept
    {
        chunk_pointer unused;
        std::destroy_at(std::addressof(back()));
        if (tail_ == 0)
        {
            const auto left = std::exchange(tail_chunk_, tail_chunk_->previous);
            tail_ = chunk_size_;
            unused = keep_or_unlink(left);
        }
        --tail_;
        --size_;
        start_over_if_empty();
        return unused;
    }

private:
    static constexpr std::size_t alignment = std::max(alignof(T), alignof(chunk));
    static constexpr std::size_t first_slot = (sizeof(chunk) + alignof(T) - 1) / alignof(T) * alignof(T);
    static constexpr std::size_t default_chunk_size = std::max<std::size_t>(2048 / sizeof(T), 8);

    // Of the chunks between tail and head one is kept.
    chunk_pointer keep_or_unlink(chunk* left) noexcept
    {
        if (left == head_chunk_ || left == tail_chunk_)
        {
            return {}; // a ring
        }
        if (spares_ == 0)
        {
            ++spares_;
            return {};
        }
        left->previous->next = left->next;
        left->next->previous = left->previous;
        return chunk_pointer(left);
    }

    // Memory that was used last is in the cache.
    void start_over_if_empty() noexcept
    {
        if (size_ == 0)
        {
            head_chunk_ = tail_chunk_;
            head_ = tail_ = 0;
        }
    }

    const std::size_t capacity_;
    const std::size_t chunk_size_;
    std::size_t size_ = 0;
    chunk* head_chunk_ = nullptr;
    std::size_t head_; ///< of the first element, in head_chunk_; chunk_size_: the first of the next chunk
    chunk* tail_chunk_ = nullptr;
    std::size_t tail_;       ///< behind the last element, in tail_chunk_
    std::size_t spares_ = 0; ///< chunks without elements between the tail's and the head's
};

} // namespace weft::detail

#endif
