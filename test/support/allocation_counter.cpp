// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/allocation_counter.hpp"

#include <weft/context/detail/sanitizer.hpp>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace weft::test
{
namespace
{

constinit thread_local std::uint64_t count = 0;
constinit thread_local std::int64_t outstanding = 0;
constinit thread_local std::uint64_t until_failure = 0;

} // namespace

// Out of line: the address of a thread-local variable must not be carried over a switch of stacks.
__attribute__((noinline)) std::uint64_t allocation_count() noexcept
{
    return count;
}

__attribute__((noinline)) std::int64_t outstanding_allocations() noexcept
{
    return outstanding;
}

__attribute__((noinline)) std::uint64_t fail_allocation(std::uint64_t n) noexcept
{
    return std::exchange(until_failure, n);
}

} // namespace weft::test

#if defined(WEFT_TSAN) && defined(__clang__)

// Its runtime defines all the operators and lets nobody replace them, but reports every allocation.
extern "C" __attribute__((no_sanitize("thread"))) void __sanitizer_malloc_hook(const volatile void* /*result*/,
                                                                               std::size_t /*size*/)
{
    ++weft::test::count;
}

bool weft::test::allocations_can_fail() noexcept
{
    return false;
}

#else

namespace weft::test
{

bool allocations_can_fail() noexcept
{
    return true;
}

namespace
{

bool is_refused() noexcept
{
    ++count;
    return until_failure != 0 && --until_failure == 0;
}

void* counted(void* taken) noexcept
{
    outstanding += taken != nullptr ? 1 : 0;
    return taken;
}

// Sanitizers and Valgrind see the malloc below.
void* count_and_take(std::size_t size) noexcept
{
    return is_refused() ? nullptr : counted(std::malloc(size != 0 ? size : 1));
}

void* count_and_take(std::size_t size, std::align_val_t alignment) noexcept
{
    void* result = nullptr;
    if (is_refused() || ::posix_memalign(&result, static_cast<std::size_t>(alignment), size != 0 ? size : 1) != 0)
    {
        return nullptr;
    }
    return counted(result);
}

void count_and_free(void* which) noexcept
{
    outstanding -= which != nullptr ? 1 : 0;
    std::free(which);
}

void* or_throw(void* taken)
{
    if (taken == nullptr)
    {
        throw std::bad_alloc();
    }
    return taken;
}

} // namespace

} // namespace weft::test

using namespace weft::test;

// The array forms as well: a sanitizer brings some of its own, which would not count.
void* operator new(std::size_t size)
{
    return or_throw(count_and_take(size));
}
void* operator new[](std::size_t size)
{
    return or_throw(count_and_take(size));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept
{
    return count_and_take(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept
{
    return count_and_take(size);
}
void* operator new(std::size_t size, std::align_val_t alignment)
{
    return or_throw(count_and_take(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment)
{
    return or_throw(count_and_take(size, alignment));
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept
{
    return count_and_take(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept
{
    return count_and_take(size, alignment);
}

void operator delete(void* which) noexcept
{
    count_and_free(which);
}
void operator delete[](void* which) noexcept
{
    count_and_free(which);
}
void operator delete(void* which, std::size_t) noexcept
{
    count_and_free(which);
}
void operator delete[](void* which, std::size_t) noexcept
{
    count_and_free(which);
}
void operator delete(void* which, const std::nothrow_t&) noexcept
{
    count_and_free(which);
}
void operator delete[](void* which, const std::nothrow_t&) noexcept
{
    count_and_free(which);
}
void operator delete(void* which, std::align_val_t) noexcept
{
    count_and_free(which);
}
void operator delete[](void* which, std::align_val_t) noexcept
{
    count_and_free(which);
}
void operator delete(void* which, std::size_t, std::align_val_t) noexcept
{
    count_and_free(which);
}
void operator delete[](void* which, std::size_t, std::align_val_t) noexcept
{
    count_and_free(which);
}
void operator delete(void* which, std::align_val_t, const std::nothrow_t&) noexcept
{
    count_and_free(which);
}
void operator delete[](void* which, std::align_val_t, const std::nothrow_t&) noexcept
{
    count_and_free(which);
}

#endif
