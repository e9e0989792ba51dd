// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_STACK_POOL_HPP
#define WEFT_LIB_FIBER_STACK_POOL_HPP

#include <weft/context/guarded_stacks.hpp>

#include <cstddef>
#include <list>

namespace weft::detail
{

/// A scheduler's stacks by size: one allocator each, made when a size is first asked for.
class stack_pool
{
public:
    /// 0 stands for the default size. Errors: those of `guarded_stacks`.
    stack allocate(std::size_t size)
    {
        return stacks_of(size).allocate();
    }

    void deallocate(stack memory) noexcept
    {
        for (auto& one_size : sizes_)
        {
            if (one_size.stack_size() == memory.size)
            {
                one_size.deallocate(memory);
                return;
            }
        }
    }

    /// Makes sure that so many stacks of this size can be had, and says how many can. Errors: as for `allocate`.
    std::size_t reserve(std::size_t size, std::size_t count)
    {
        auto& stacks = stacks_of(size);
        stacks.reserve(count);
        return stacks.available();
    }

    std::size_t default_size() const noexcept
    {
        return default_size_;
    }

private:
    guarded_stacks& stacks_of(std::size_t size)
    {
        const auto wanted = size == 0 ? default_stack_size : size;
        for (auto& one_size : sizes_)
        {
            if (wanted <= one_size.stack_size() && one_size.stack_size() - wanted < page_size())
            {
                return one_size;
            }
        }
        return sizes_.emplace_back(wanted);
    }

    std::list<guarded_stacks> sizes_;
    std::size_t default_size_ = stacks_of(0).stack_size();
};

} // namespace weft::detail

#endif
