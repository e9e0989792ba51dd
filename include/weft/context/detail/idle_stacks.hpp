// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_IDLE_STACKS_HPP
#define WEFT_CONTEXT_DETAIL_IDLE_STACKS_HPP

#include <weft/context/stack.hpp>

#include <cstddef>
#include <utility>

namespace weft::detail
{

struct stack_tag;

/// Stacks of one size that nobody uses, linked through their tags. The latest returned comes first.
class idle_stacks
{
public:
    idle_stacks() = default;
    idle_stacks(idle_stacks&& other) noexcept
        : first_(std::exchange(other.first_, nullptr)), count_(std::exchange(other.count_, 0))
    {
    }
    idle_stacks& operator=(idle_stacks&&) = delete;
    ~idle_stacks() = default;

    std::size_t count() const noexcept
    {
        return count_;
    }

    // For those who include stack_slot.hpp.
    void push(stack which) noexcept;
    stack pop(std::size_t stack_size) noexcept;
    void swap(idle_stacks& other) noexcept
    {
        std::swap(first_, other.first_);
        std::swap(count_, other.count_);
    }

private:
    stack_tag* first_ = nullptr;
    std::size_t count_ = 0;
};

} // namespace weft::detail

#endif
