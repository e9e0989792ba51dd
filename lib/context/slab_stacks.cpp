// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/slab_stacks.hpp>

#include "pages.hpp"
#include "stack_slot.hpp"
#include "tools.hpp"

#include <boost/assert.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <new>
#include <string>
#include <utility>

namespace weft
{

slab_stacks::slab_stacks(const stack_options& options)
    : stack_size_(detail::checked_stack_size(options.stack_size, page_size())),
      max_resident_idle_(options.max_resident_idle),
      max_stacks_(options.max_stacks)
{
}

slab_stacks::slab_stacks(slab_stacks&& other) noexcept
    : stack_size_(other.stack_size_),
      max_resident_idle_(other.max_resident_idle_),
      max_stacks_(other.max_stacks_),
      warm_(std::move(other.warm_)),
      cold_(std::exchange(other.cold_, {})),
      ranges_(std::exchange(other.ranges_, {})),
      next_fresh_(std::exchange(other.next_fresh_, 0)),
      capacity_(std::exchange(other.capacity_, 0)),
      allocated_(std::exchange(other.allocated_, 0))
{
}

slab_stacks::~slab_stacks()
{
    BOOST_ASSERT(allocated_ == 0);
    while (warm_.count() != 0)
    {
        detail::retire(warm_.pop(stack_size_));
    }
    for (const auto& one : ranges_)
    {
        detail::unmap_at_last(one.base, one.count * detail::slot_size(stack_size_));
        detail::uncount_guards(one.counted_guards);
    }
}

std::size_t slab_stacks::available() const noexcept
{
    return capacity_ - allocated_;
}

void slab_stacks::throw_at_most() const
{
    namespace errc = boost::system::errc;
    throw boost::system::system_error(errc::make_error_code(errc::not_enough_memory),
                                      "weft: " + std::to_string(allocated_) + " stacks are in use, and " +
                                          "stack_options::max_stacks allows " + std::to_string(max_stacks_));
}

// ── ranges ──────────────────────────────────────────────────────────────────────────────────────────────────────────

void slab_stacks::reserve(std::size_t count)
{
    if (count > max_stacks_ - allocated_)
    {
        throw_at_most();
    }
    while (capacity_ - allocated_ < count)
    {
        add_range(count - (capacity_ - allocated_));
    }
}

void slab_stacks::add_range(std::size_t wanted)
{
    const std::size_t slot = detail::slot_size(stack_size_);
    const bool counts = detail::usable_guard_kind() == detail::guard_kind::protection;
    // As many again as there are, so that the number of calls grows with the logarithm. But what is counted for one
    // slab is lost to the others.
    const std::size_t most = std::min<std::size_t>(counts ? 256 : 4096, std::max<std::size_t>(PTRDIFF_MAX / slot, 1));
    std::size_t count = std::clamp<std::size_t>(std::max(wanted, capacity_), 1, most);
    count = std::min(count, max_stacks_ - capacity_);

    while (counts && !detail::count_guards(count))
    {
        if (count == 1)
        {
            detail::throw_too_many_guards();
        }
        count /= 2;
    }
    std::size_t counted = counts ? count : 0;
    std::byte* base = nullptr;
    try
    {
        ranges_.reserve(ranges_.size() + 1);
        // `deallocate` must not fail. Twice the need, so that the copying stays linear.
        if (cold_.capacity() < capacity_ + count)
        {
            cold_.reserve(std::max(capacity_ + count, 2 * cold_.capacity()));
        }
        while (base == nullptr)
        {
            try
            {
                base = detail::map_pages(count * slot);
            }
            catch (const boost::system::system_error&)
            {
                // A little may be left where much is not.
                if (count == 1)
                {
                    throw;
                }
                count /= 2;
            }
        }
    }
    catch (...)
    {
        detail::uncount_guards(counted);
        throw;
    }
    if (counted > count)
    {
        detail::uncount_guards(std::exchange(counted, count) - count);
    }
    ranges_.push_back({base, count, 0, counted, 0});
    capacity_ += count;
}

stack slab_stacks::carve()
{
    while (ranges_[next_fresh_].carved == ranges_[next_fresh_].count)
    {
        ++next_fresh_;
    }
    auto& from = ranges_[next_fresh_];
    const std::size_t guard = page_size();
    const auto base = from.base + from.carved * detail::slot_size(stack_size_);
    from.counted_guards += detail::guard_pages(base, guard, from.counted_guards > from.carved);
    ++from.carved;
    return {base + guard, stack_size_};
}

// ── stacks ──────────────────────────────────────────────────────────────────────────────────────────────────────────

stack slab_stacks::allocate()
{
    if (allocated_ >= max_stacks_)
    {
        throw_at_most();
    }
    stack result;
    if (warm_.count() != 0)
    {
        result = warm_.pop(stack_size_);
    }
    else
    {
        if (!cold_.empty())
        {
            result = {cold_.back(), stack_size_};
            cold_.pop_back();
        }
        else
        {
            reserve(1);
            result = carve();
        }
        detail::introduce(result);
    }
    ++allocated_;
    return result;
}

void slab_stacks::deallocate(stack which) noexcept
{
    BOOST_ASSERT(which.size == stack_size_ && allocated_ != 0);
    --allocated_;
    detail::forget_marks(which);
    if (warm_.count() < max_resident_idle_ || !cool(which))
    {
        warm_.push(which);
    }
}

bool slab_stacks::cool(stack which) noexcept
{
    const unsigned number = detail::tag_of(which)->tool_number;
    if (!detail::give_back(which.base, which.size + detail::stack_tag_size))
    {
        return false; // locked in memory
    }
    detail::retract_stack(number);
    cold_.push_back(which.base); // there is room
    return true;
}

// ── giving back ─────────────────────────────────────────────────────────────────────────────────────────────────────

slab_stacks::range& slab_stacks::range_of(const std::byte* inside) noexcept
{
    const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), inside,
                                        [](const std::byte* address, const range& one) { return address < one.base; });
    return *std::prev(after);
}

void slab_stacks::sort_and_count_idle() noexcept
{
    std::sort(ranges_.begin(), ranges_.end(), [](const range& a, const range& b) { return a.base < b.base; });
    next_fresh_ = 0;
    for (auto& one : ranges_)
    {
        one.idle = 0;
    }
    for (const std::byte* const base : cold_)
    {
        ++range_of(base).idle;
    }
}

std::size_t slab_stacks::release_idle(std::size_t keep) noexcept
{
    // All of them cold first: then nothing is linked through a range that goes. What is locked in memory stays.
    detail::idle_stacks locked;
    while (warm_.count() != 0)
    {
        const stack which = warm_.pop(stack_size_);
        if (!cool(which))
        {
            locked.push(which);
        }
    }
    warm_.swap(locked);

    sort_and_count_idle();
    std::size_t released = 0;
    for (auto& one : ranges_)
    {
        const bool unused = one.idle == one.carved && capacity_ - allocated_ >= keep + one.count;
        if (unused && unmap(one))
        {
            released += one.count * detail::slot_size(stack_size_);
            capacity_ -= one.count;
            one.count = 0;
        }
    }
    std::erase_if(cold_, [this](const std::byte* base) { return range_of(base).count == 0; });
    std::erase_if(ranges_, [](const range& one) { return one.count == 0; });
    return released;
}

bool slab_stacks::unmap(const range& which) noexcept
{
    if (!detail::unmap(which.base, which.count * detail::slot_size(stack_size_)))
    {
        return false;
    }
    detail::uncount_guards(which.counted_guards);
    return true;
}

// ── the process's own ───────────────────────────────────────────────────────────────────────────────────────────────

namespace
{

struct shared_slab
{
    std::mutex lock;
    slab_stacks stacks;
};

// Never destroyed: a context in a static object may outlive every other one.
shared_slab& process_slab()
{
    alignas(shared_slab) static std::byte memory[sizeof(shared_slab)];
    static auto* const made = ::new (memory) shared_slab;
    return *made;
}

} // namespace

stack default_stacks::allocate()
{
    auto& slab = process_slab();
    const std::lock_guard guard(slab.lock);
    return slab.stacks.allocate();
}

void default_stacks::deallocate(stack which) noexcept
{
    auto& slab = process_slab();
    const std::lock_guard guard(slab.lock);
    slab.stacks.deallocate(which);
}

std::size_t default_stacks::release_idle() noexcept
{
    auto& slab = process_slab();
    const std::lock_guard guard(slab.lock);
    return slab.stacks.release_idle();
}

} // namespace weft
