// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/guarded_stacks.hpp>

#include "pages.hpp"
#include "stack_slot.hpp"
#include "tools.hpp"

#include <boost/assert.hpp>

#include <utility>

namespace weft
{
namespace
{

std::size_t guards_counted_for(stack which) noexcept
{
    return detail::tag_of(which)->counts_as_mapping ? 1 : 0;
}

} // namespace

guarded_stacks::guarded_stacks(std::size_t stack_size, std::size_t max_cached)
    : stack_size_(detail::checked_stack_size(stack_size, page_size())), max_cached_(max_cached)
{
}

guarded_stacks::guarded_stacks(guarded_stacks&& other) noexcept
    : stack_size_(other.stack_size_),
      max_cached_(other.max_cached_),
      idle_(std::move(other.idle_)),
      allocated_(std::exchange(other.allocated_, 0))
{
}

guarded_stacks::~guarded_stacks()
{
    BOOST_ASSERT(allocated_ == 0);
    while (idle_.count() != 0)
    {
        const stack which = idle_.pop(stack_size_);
        const std::size_t counted = guards_counted_for(which);
        detail::retire(which);
        detail::unmap_at_last(which.base - page_size(), detail::slot_size(stack_size_));
        detail::uncount_guards(counted);
    }
}

stack guarded_stacks::allocate()
{
    if (idle_.count() != 0)
    {
        ++allocated_;
        return idle_.pop(stack_size_);
    }
    const std::size_t guard = page_size();
    const std::size_t size = detail::slot_size(stack_size_);
    const auto base = detail::map_pages(size);
    const stack fresh{base + guard, stack_size_};
    try
    {
        if (detail::guard_pages(base, guard, false) != 0)
        {
            detail::tag_of(fresh)->counts_as_mapping = true;
        }
    }
    catch (...)
    {
        detail::unmap_at_last(base, size);
        throw;
    }
    detail::introduce(fresh);
    ++allocated_;
    return fresh;
}

void guarded_stacks::deallocate(stack which) noexcept
{
    BOOST_ASSERT(which.size == stack_size_ && allocated_ != 0);
    --allocated_;
    detail::forget_marks(which);
    if (idle_.count() >= max_cached_)
    {
        const unsigned number = detail::tag_of(which)->tool_number;
        const std::size_t counted = guards_counted_for(which);
        if (detail::unmap(which.base - page_size(), detail::slot_size(stack_size_)))
        {
            detail::retract_stack(number);
            detail::uncount_guards(counted);
            return;
        }
        // To unmap from the middle of what the kernel has merged needs a free mapping. Without one the stack is kept.
    }
    idle_.push(which);
}

} // namespace weft
