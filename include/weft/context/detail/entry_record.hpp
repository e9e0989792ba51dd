// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_ENTRY_RECORD_HPP
#define WEFT_CONTEXT_DETAIL_ENTRY_RECORD_HPP

// The part of a context's record that depends on the types of its entry function and of its stack allocator.

#include <weft/context/detail/context_record.hpp>
#include <weft/context/detail/foreign_stacks.hpp>
#include <weft/context/fiber_context.hpp>
#include <weft/context/stack.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// `Allocator` is a reference where the allocator is the caller's.
template <class Allocator, class Entry>
struct entry_record final : context_record
{
    static_assert(std::is_reference_v<Allocator> || std::is_nothrow_move_constructible_v<Allocator>,
                  "a stack allocator that moves into the context must not throw when it does");

    template <class F>
    entry_record(stack where, Allocator&& stacks, F&& function)
        : context_record(where), entry(std::forward<F>(function)), allocator(std::forward<Allocator>(stacks))
    {
        run = [](context_record& base, fiber_context&& caller) -> fiber_context {
            struct destroyer
            {
                ~destroyer()
                {
                    std::destroy_at(std::addressof(which));
                }
                Entry& which;
            } const on_exit{static_cast<entry_record&>(base).entry};
            return std::invoke(std::move(on_exit.which), std::move(caller));
        };
        discard = [](context_record& base) noexcept {
            std::destroy_at(std::addressof(static_cast<entry_record&>(base).entry));
        };
        release = [](context_record& base) noexcept {
            auto& self = static_cast<entry_record&>(base);
            const stack where_it_lies = self.memory;
            Allocator survivor(std::forward<Allocator>(self.allocator));
            std::destroy_at(&self);
            survivor.deallocate(where_it_lies);
        };
    }

    ~entry_record() {}

    union
    {
        Entry entry; // destroyed when it has run, before the context ends
    };
    Allocator allocator;
};

template <class Allocator, class F>
context_record& make_native_record(Allocator&& allocator, F&& entry)
{
    using record_type = entry_record<Allocator, std::decay_t<F>>;
    const stack where = allocator.allocate();
    try
    {
        constexpr std::size_t cache_line = 64;
        std::byte* const place = place_record(where, sizeof(record_type), std::max(alignof(record_type), cache_line));
        auto* const made = ::new (place) record_type(where, std::forward<Allocator>(allocator), std::forward<F>(entry));
        start_record(*made, place);
        return *made;
    }
    catch (...)
    {
        allocator.deallocate(where); // the record had not taken it
        throw;
    }
}

template <class Allocator, class F>
context_record& make_record(Allocator&& allocator, F&& entry)
{
    return make_native_record(native_stacks(std::forward<Allocator>(allocator)), std::forward<F>(entry));
}

} // namespace weft::detail

#endif
