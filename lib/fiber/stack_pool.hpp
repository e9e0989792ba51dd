// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_STACK_POOL_HPP
#define WEFT_LIB_FIBER_STACK_POOL_HPP

#include <weft/context/slab_stacks.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cstddef>
#include <list>
#include <string>

namespace weft::detail
{

/// A scheduler's stacks by size: one allocator each, made when a size is first asked for.
class stack_pool
{
public:
    /// Errors: those of `slab_stacks`.
    explicit stack_pool(const stack_options& options = {})
        : options_(options), default_size_(sizes_.emplace_back(options).stack_size())
    {
    }

    /// 0 stands for the default size. Errors: those of `slab_stacks`.
    stack allocate(std::size_t size)
    {
        auto& stacks = stacks_of(size);
        if (allocated_ >= options_.max_stacks) [[unlikely]]
        {
            throw_at_most();
        }
        const auto result = stacks.allocate();
        ++allocated_;
        return result;
    }

    void deallocate(stack memory) noexcept
    {
        for (auto& one_size : sizes_)
        {
            if (one_size.stack_size() == memory.size)
            {
                one_size.deallocate(memory);
                --allocated_;
                return;
            }
        }
    }

    /// Makes sure that so many stacks of this size can be had beside `others` of any size that are waited for, and says
    /// how many can. Errors: as for `allocate`.
    std::size_t reserve(std::size_t size, std::size_t count, std::size_t others)
    {
        auto& stacks = stacks_of(size);
        if (others > room() || count > room() - others)
        {
            throw_at_most();
        }
        stacks.reserve(count);
        return std::min(stacks.available(), room() - others);
    }

    /// Gives back what is idle but for `keep` stacks of the default size, and says how many of these can be had.
    std::size_t release_idle(std::size_t keep, std::size_t& released) noexcept
    {
        for (auto& one_size : sizes_)
        {
            released += one_size.release_idle(&one_size == &sizes_.front() ? keep : 0);
        }
        return std::min(sizes_.front().available(), room());
    }

    /// How many more stacks may be in use.
    std::size_t room() const noexcept
    {
        return options_.max_stacks - allocated_;
    }

    std::size_t default_size() const noexcept
    {
        return default_size_;
    }

    /// Whether fibers that ask for this size get a stack of the default size.
    bool is_default(std::size_t size) const noexcept
    {
        return fits(sizes_.front(), size);
    }

private:
    static bool fits(const slab_stacks& stacks, std::size_t wanted) noexcept
    {
        return wanted <= stacks.stack_size() && stacks.stack_size() - wanted < page_size();
    }

    slab_stacks& stacks_of(std::size_t size)
    {
        if (size == 0)
        {
            return sizes_.front();
        }
        for (auto& one_size : sizes_)
        {
            if (fits(one_size, size))
            {
                return one_size;
            }
        }
        auto own = options_;
        own.stack_size = size;
        return sizes_.emplace_back(own);
    }

    [[noreturn]] void throw_at_most() const
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::not_enough_memory),
                                          "weft: " + std::to_string(allocated_) +
                                              " stacks are in use and others are waited for; the scheduler's "
                                              "stack_options::max_stacks allows " +
                                              std::to_string(options_.max_stacks));
    }

    stack_options options_;
    std::list<slab_stacks> sizes_; // the default size first
    std::size_t default_size_;
    std::size_t allocated_ = 0;
};

} // namespace weft::detail

#endif
