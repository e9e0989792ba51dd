// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_PLACED_RECORD_HPP
#define WEFT_CONTEXT_DETAIL_PLACED_RECORD_HPP

// Control blocks that lie on top of the stack that they control: of contexts and of generators.

#include <weft/context/stack.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// An address for `size` bytes on top of `where`. Throws `invalid_argument` if `where` is null or too small.
std::byte* place_record(stack where, std::size_t size, std::size_t alignment);

template <class T>
struct destroy_on_exit
{
    ~destroy_on_exit()
    {
        std::destroy_at(std::addressof(which));
    }
    T& which;
};

/// A `Record` with the function that runs on its stack and the allocator that the stack goes back to; `Allocator` is a
/// reference where that is the caller's. `Record` has the members `memory`, `discard` and `release`.
template <class Record, class Allocator, class Function>
struct placed_record final : Record
{
    static_assert(std::is_reference_v<Allocator> || std::is_nothrow_move_constructible_v<Allocator>,
                  "a stack allocator that moves into its stack must not throw when it does");

    template <class F>
    placed_record(stack where, Allocator&& stacks, F&& to_run)
        : Record(where), function(std::forward<F>(to_run)), allocator(std::forward<Allocator>(stacks))
    {
        this->discard = [](Record& base) noexcept {
            std::destroy_at(std::addressof(static_cast<placed_record&>(base).function));
        };
        this->release = [](Record& base) noexcept {
            auto& self = static_cast<placed_record&>(base);
            const stack where_it_lies = self.memory;
            Allocator survivor(std::forward<Allocator>(self.allocator));
            std::destroy_at(&self);
            survivor.deallocate(where_it_lies);
        };
    }

    ~placed_record() {}

    union
    {
        Function function; // destroyed when it has run, before the stack is left for the last time
    };
    Allocator allocator;
};

/// Takes a stack from `allocator` and makes a `Placed` on top of it, which starts with `function`.
template <class Placed, class Allocator, class F>
Placed& make_placed(Allocator&& allocator, F&& function)
{
    const stack where = allocator.allocate();
    try
    {
        constexpr std::size_t cache_line = 64;
        std::byte* const place = place_record(where, sizeof(Placed), std::max(alignof(Placed), cache_line));
        auto* const made = ::new (place) Placed(where, std::forward<Allocator>(allocator), std::forward<F>(function));
        start_record(*made, place);
        return *made;
    }
    catch (...)
    {
        allocator.deallocate(where); // the record had not taken it
        throw;
    }
}

} // namespace weft::detail

#endif
