// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_CONTEXT_DETAIL_ENTRY_RECORD_HPP
#define WEFT_CONTEXT_DETAIL_ENTRY_RECORD_HPP

// The part of a context's record that depends on the types of its entry function and of its stack allocator.

#include <weft/context/detail/context_record.hpp>
#include <weft/context/detail/foreign_stacks.hpp>
#include <weft/context/detail/placed_record.hpp>
#include <weft/context/fiber_context.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace weft::detail
{

template <class Allocator, class F>
context_record& make_native_record(Allocator&& allocator, F&& entry)
{
    using entry_type = std::decay_t<F>;
    using record_type = placed_record<context_record, Allocator, entry_type>;
    auto& made = make_placed<record_type>(std::forward<Allocator>(allocator), std::forward<F>(entry));
    made.run = [](context_record& base, fiber_context&& caller) -> fiber_context {
        const destroy_on_exit<entry_type> on_exit{static_cast<record_type&>(base).function};
        return std::invoke(std::move(on_exit.which), std::move(caller));
    };
    return made;
}

template <class Allocator, class F>
context_record& make_record(Allocator&& allocator, F&& entry)
{
    return make_native_record(native_stacks(std::forward<Allocator>(allocator)), std::forward<F>(entry));
}

} // namespace weft::detail

#endif
