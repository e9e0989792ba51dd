// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "tools.hpp"

#include <weft/context/detail/sanitizer.hpp>

#if !defined(WEFT_NO_VALGRIND) && __has_include(<valgrind/memcheck.h>)
#define WEFT_VALGRIND 1
#include <valgrind/memcheck.h>
#endif

namespace weft::detail
{

unsigned introduce_stack([[maybe_unused]] stack where) noexcept
{
#if defined(WEFT_VALGRIND)
    return static_cast<unsigned>(VALGRIND_STACK_REGISTER(where.base, where.top()));
#else
    return 0;
#endif
}

void retract_stack([[maybe_unused]] unsigned number) noexcept
{
#if defined(WEFT_VALGRIND)
    VALGRIND_STACK_DEREGISTER(number);
#endif
}

void forget_marks([[maybe_unused]] stack where) noexcept
{
#if defined(WEFT_ASAN)
    __asan_unpoison_memory_region(where.base, where.size);
#endif
#if defined(WEFT_VALGRIND)
    static const bool inside = RUNNING_ON_VALGRIND != 0;
    if (inside)
    {
        // Not undefined: a record on top may be in use still, and new frames are taken for undefined anyway.
        VALGRIND_MAKE_MEM_DEFINED(where.base, where.size);
    }
#endif
}

void introduce_execution(execution& fresh, stack where) noexcept
{
    fresh.describe_stack(where);
#if defined(WEFT_TSAN)
    fresh.tsan_fiber = __tsan_create_fiber(0);
#endif
}

void retract_execution([[maybe_unused]] execution& ended, stack where) noexcept
{
#if defined(WEFT_TSAN)
    __tsan_destroy_fiber(ended.tsan_fiber);
#endif
    forget_marks(where);
}

} // namespace weft::detail
