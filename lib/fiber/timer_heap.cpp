// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/timer_heap.hpp>

#include <algorithm>

namespace weft::detail
{

namespace
{

constexpr std::size_t children = 4;

} // namespace

void timer_heap::reserve(std::size_t count)
{
    constexpr std::size_t least = 64;
    if (count > entries_.capacity())
    {
        entries_.reserve(std::max(least, 2 * count));
    }
}

void timer_heap::insert(timer_node& node, time_point when)
{
    const entry fresh{when, inserted_++, &node};
    entries_.push_back(fresh);
    sift_up(entries_.size() - 1, fresh);
}

void timer_heap::erase(timer_node& node) noexcept
{
    const auto position = node.position;
    node.position = timer_node::not_queued;
    const auto last = entries_.back();
    entries_.pop_back();
    if (last.node == &node)
    {
        return;
    }
    if (position > 0 && last.before(entries_[(position - 1) / children]))
    {
        sift_up(position, last);
    }
    else
    {
        sift_down(position, last);
    }
}

timer_node* timer_heap::pop_due(time_point now) noexcept
{
    if (entries_.empty() || entries_.front().when > now)
    {
        return nullptr;
    }
    const auto due = entries_.front().node;
    erase(*due);
    return due;
}

void timer_heap::place(std::size_t position, entry what) noexcept
{
    entries_[position] = what;
    what.node->position = position;
}

void timer_heap::sift_up(std::size_t position, entry what) noexcept
{
    while (position > 0)
    {
        const auto parent = (position - 1) / children;
        if (!what.before(entries_[parent]))
        {
            break;
        }
        place(position, entries_[parent]);
        position = parent;
    }
    place(position, what);
}

void timer_heap::sift_down(std::size_t position, entry what) noexcept
{
    for (;;)
    {
        const auto first = position * children + 1;
        if (first >= entries_.size())
        {
            break;
        }
        const auto begin = entries_.begin() + static_cast<std::ptrdiff_t>(first);
        const auto end = begin + static_cast<std::ptrdiff_t>(std::min(children, entries_.size() - first));
        const auto smallest = std::min_element(begin, end, [](const entry& a, const entry& b) { return a.before(b); });
        if (!smallest->before(what))
        {
            break;
        }
        const auto chosen = static_cast<std::size_t>(smallest - entries_.begin());
        place(position, *smallest);
        position = chosen;
    }
    place(position, what);
}

} // namespace weft::detail
