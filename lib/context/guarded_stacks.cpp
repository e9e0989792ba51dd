// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/guarded_stacks.hpp>

#include "pages.hpp"
#include "tools.hpp"

#include <boost/assert.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace weft
{

/// Lies above the usable bytes. Fresh pages are zero: as long as nothing is to be noted, it is not written and its page
/// not touched.
struct guarded_stacks::tag
{
    tag* next;
    unsigned tool_number; // of tools.hpp
};

namespace
{

std::size_t checked_stack_size(std::size_t asked, std::size_t tag_size)
{
    namespace errc = boost::system::errc;
    // Half of all addresses: more than any system maps, and far from where rounding overflows.
    if (asked < minimum_stack_size() || asked > PTRDIFF_MAX)
    {
        throw boost::system::system_error(errc::make_error_code(errc::invalid_argument),
                                          "weft: a stack of " + std::to_string(asked) + " bytes; it must have " +
                                              std::to_string(minimum_stack_size()) + " to " +
                                              std::to_string(PTRDIFF_MAX));
    }
    const std::size_t page = page_size();
    return (asked + tag_size + page - 1) / page * page - tag_size;
}

} // namespace

guarded_stacks::guarded_stacks(std::size_t stack_size, std::size_t max_cached)
    : stack_size_(checked_stack_size(stack_size, tag_size)), max_cached_(max_cached)
{
    static_assert(sizeof(tag) <= tag_size);
}

guarded_stacks::guarded_stacks(guarded_stacks&& other) noexcept
    : stack_size_(other.stack_size_),
      max_cached_(other.max_cached_),
      free_(std::exchange(other.free_, nullptr)),
      ranges_(std::exchange(other.ranges_, {})),
      reserved_(std::exchange(other.reserved_, 0)),
      allocated_(std::exchange(other.allocated_, 0)),
      cached_(std::exchange(other.cached_, 0))
{
}

guarded_stacks::~guarded_stacks()
{
    BOOST_ASSERT(allocated_ == 0);
    while (free_ != nullptr)
    {
        tag* const next = free_->next;
        unmap(stack_of(free_)); // one that the kernel does not take now stays mapped: nobody is left to keep it
        free_ = next;
    }
    for (const auto& range : ranges_)
    {
        detail::unmap(range.base, range.count * slot_size());
    }
}

std::size_t guarded_stacks::slot_size() const noexcept
{
    return page_size() + stack_size_ + tag_size;
}

void guarded_stacks::reserve(std::size_t count)
{
    // One mapping for many: as many as are in use, so that the number of calls grows with the logarithm.
    constexpr std::size_t fewest = 16;
    constexpr std::size_t most = 4096;
    while (available() < count)
    {
        // Huge ones are few: the product must not overflow.
        const auto possible = std::max<std::size_t>(PTRDIFF_MAX / slot_size(), 1);
        auto wanted = std::min(std::clamp(allocated_ + available(), fewest, most), possible);
        ranges_.reserve(ranges_.size() + 1);
        std::byte* base = nullptr;
        while (base == nullptr)
        {
            try
            {
                base = detail::map_pages(wanted * slot_size());
            }
            catch (const boost::system::system_error&)
            {
                // A little may be left where much is not.
                if (wanted == 1)
                {
                    throw;
                }
                wanted /= 2;
            }
        }
        ranges_.push_back({base, wanted});
        reserved_ += wanted;
    }
}

stack guarded_stacks::allocate()
{
    stack result;
    if (free_ != nullptr)
    {
        result = stack_of(free_);
        free_ = free_->next;
        --cached_;
    }
    else
    {
        result = carve();
        if (const unsigned number = detail::introduce_stack(result))
        {
            tag_of(result)->tool_number = number;
        }
    }
    ++allocated_;
    return result;
}

stack guarded_stacks::carve()
{
    const std::size_t guard = page_size();
    if (reserved_ == 0)
    {
        const auto base = detail::map_pages(slot_size());
        try
        {
            detail::guard_pages(base, guard);
        }
        catch (...)
        {
            detail::unmap(base, slot_size());
            throw;
        }
        return {base + guard, stack_size_};
    }
    auto& range = ranges_.back();
    const auto base = range.base + (range.count - 1) * slot_size();
    detail::guard_pages(base, guard);
    --range.count;
    --reserved_;
    if (range.count == 0)
    {
        ranges_.pop_back();
    }
    return {base + guard, stack_size_};
}

void guarded_stacks::deallocate(stack which) noexcept
{
    BOOST_ASSERT(which.size == stack_size_ && allocated_ != 0);
    --allocated_;
    detail::forget_marks(which);
    // Unmapping from the middle of what the kernel has merged needs a free mapping. Without one the stack is kept.
    if (cached_ >= max_cached_ && unmap(which))
    {
        return;
    }
    tag* const returned = tag_of(which);
    returned->next = free_;
    free_ = returned;
    ++cached_;
}

guarded_stacks::tag* guarded_stacks::tag_of(stack which) noexcept
{
    return reinterpret_cast<tag*>(which.top());
}

stack guarded_stacks::stack_of(tag* which) const noexcept
{
    return {reinterpret_cast<std::byte*>(which) - stack_size_, stack_size_};
}

bool guarded_stacks::unmap(stack which) noexcept
{
    const unsigned number = tag_of(which)->tool_number;
    const std::size_t guard = page_size();
    if (!detail::unmap(which.base - guard, slot_size()))
    {
        return false;
    }
    detail::retract_stack(number);
    return true;
}

} // namespace weft
