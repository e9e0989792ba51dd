// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/unguarded_heap_stacks.hpp>

#include "stack_slot.hpp"
#include "tools.hpp"

#include <new>

namespace weft
{
namespace
{

constexpr std::align_val_t alignment{detail::stack_tag_size};

} // namespace

unguarded_heap_stacks::unguarded_heap_stacks(std::size_t stack_size)
    : stack_size_(detail::checked_stack_size(stack_size, detail::stack_tag_size))
{
}

stack unguarded_heap_stacks::allocate()
{
    auto* const base = static_cast<std::byte*>(::operator new(stack_size_ + detail::stack_tag_size, alignment));
    const stack result{base, stack_size_};
    ::new (result.top()) detail::stack_tag{};
    detail::introduce(result);
    return result;
}

void unguarded_heap_stacks::deallocate(stack which) noexcept
{
    detail::forget_marks(which);
    detail::retire(which);
    ::operator delete(which.base, alignment); // sized forms are off in clang
}

} // namespace weft
