// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_DETAIL_QUEUE_ENTRIES_HPP
#define WEFT_SYNC_DETAIL_QUEUE_ENTRIES_HPP

#include <weft/fiber/detail/wait_list.hpp>
#include <weft/sync/detail/queue_outcome.hpp>

#include <optional>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// One that waits at a queue. Who claims it says in `result` how that ended, before the delivery.
struct queue_entry : wait_entry
{
    using wait_entry::wait_entry;

    /// `blocked`: it must try again, because the other side's attempt to copy or move has thrown.
    queue_outcome result = queue_outcome::blocked;
};

template <class T>
struct pop_entry : queue_entry
{
    pop_entry(waiter& me, std::optional<T>& target) noexcept : queue_entry(me), into(target) {}

    std::optional<T>& into;
};

template <class T>
struct push_entry : queue_entry
{
    /// A value that may be moved from is an rvalue.
    template <class U>
    push_entry(waiter& me, U&& value) noexcept : queue_entry(me), from(&value)
    {
        if constexpr (!std::is_reference_v<U> && !std::is_const_v<U>)
        {
            movable = &value;
        }
    }

    /// Calls `place(element)` with the element as it was offered: to be moved from or to be copied.
    template <class Place>
    void give_to(Place place)
    {
        if (movable != nullptr)
        {
            place(std::move(*movable));
        }
        else if constexpr (std::is_copy_constructible_v<T>)
        {
            place(*from);
        }
    }

    const T* from;
    T* movable = nullptr;
};

} // namespace weft::detail

#endif
