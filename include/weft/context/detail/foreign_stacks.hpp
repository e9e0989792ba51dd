// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_FOREIGN_STACKS_HPP
#define WEFT_CONTEXT_DETAIL_FOREIGN_STACKS_HPP

#include <weft/context/stack.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// One stack of an allocator in Boost.Context's terms, in weft's. `Allocator` is a reference where the allocator is the
/// caller's.
template <class Allocator>
    requires foreign_stack_allocator<std::remove_reference_t<Allocator>>
class foreign_stacks
{
public:
    explicit foreign_stacks(Allocator&& allocator) noexcept(std::is_reference_v<Allocator> ||
                                                            std::is_nothrow_move_constructible_v<Allocator>)
        : allocator_(std::forward<Allocator>(allocator))
    {
    }
    foreign_stacks(foreign_stacks&&) = default;

    stack allocate()
    {
        given_ = allocator_.allocate();
        const auto size = static_cast<std::size_t>(given_.size);
        return {static_cast<std::byte*>(static_cast<void*>(given_.sp)) - size, size};
    }

    void deallocate(stack /*which*/) noexcept
    {
        allocator_.deallocate(given_);
    }

private:
    Allocator allocator_;
    decltype(std::declval<Allocator&>().allocate()) given_{}; // whole: it may hold more than address and size
};

/// The one place where kinds of allocators meet: `allocator` itself if it is weft's kind.
template <class Allocator>
decltype(auto) native_stacks(Allocator&& allocator)
{
    if constexpr (native_stack_allocator<std::remove_reference_t<Allocator>>)
    {
        return std::forward<Allocator>(allocator);
    }
    else
    {
        return foreign_stacks<Allocator>(std::forward<Allocator>(allocator));
    }
}

} // namespace weft::detail

#endif
