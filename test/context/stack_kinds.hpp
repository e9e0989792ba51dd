// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_CONTEXT_STACK_KINDS_HPP
#define WEFT_TEST_CONTEXT_STACK_KINDS_HPP

#include <weft/context/borrowed_stack.hpp>
#include <weft/context/guarded_stacks.hpp>
#include <weft/context/slab_stacks.hpp>
#include <weft/context/stack.hpp>
#include <weft/context/unguarded_heap_stacks.hpp>

#include "fixtures.hpp"

#include <boost/context/fixedsize_stack.hpp>
#include <boost/context/pooled_fixedsize_stack.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <memory>
#include <span>
#include <sys/mman.h>
#include <tuple>

namespace weft::test
{

/// An allocator of small stacks, made the way its kind is made.
template <class Allocator>
struct made
{
    Allocator stacks{small_stack};
};

template <>
struct made<default_stacks>
{
    default_stacks stacks;
};

template <>
struct made<borrowed_stack>
{
    own_memory<> memory;
    borrowed_stack stacks{std::span(memory.base(), small_stack)};
};

template <>
struct made<static_stack<small_stack>>
{
    // On the heap, as the others' memory: not in a test's frame.
    std::unique_ptr<static_stack<small_stack>> own = std::make_unique<static_stack<small_stack>>();
    static_stack<small_stack>& stacks = *own;
};

using guarded_kinds = std::tuple<slab_stacks, guarded_stacks>;
using sized_kinds = std::tuple<slab_stacks, guarded_stacks, unguarded_heap_stacks>;
using native_kinds = std::tuple<slab_stacks, default_stacks, guarded_stacks, unguarded_heap_stacks, borrowed_stack,
                                static_stack<small_stack>>;
using all_kinds = std::tuple<slab_stacks, default_stacks, guarded_stacks, unguarded_heap_stacks, borrowed_stack,
                             static_stack<small_stack>, boost::context::fixedsize_stack,
                             boost::context::protected_fixedsize_stack, boost::context::pooled_fixedsize_stack>;

inline bool is_mapped(std::byte* page)
{
    return ::msync(page, page_size(), MS_ASYNC) == 0;
}

inline long count_mappings()
{
    std::ifstream maps("/proc/self/maps");
    return std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n');
}

} // namespace weft::test

#endif
