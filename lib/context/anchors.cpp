// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/detail/execution.hpp>

#include <cerrno>
#include <cxxabi.h>

namespace weft::detail
{
namespace
{

// Asked for once: both addresses stay the same as long as the thread lives, and two calls into libraries cost as much
// as a switch.
constinit thread_local thread_anchors of_this_thread;

__attribute__((noinline, cold)) thread_anchors find_anchors() noexcept
{
    of_this_thread.exceptions = reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
    of_this_thread.error_number = &errno;
    return of_this_thread;
}

} // namespace

__attribute__((noinline)) thread_anchors current_thread_anchors() noexcept
{
    // Keeps interprocedural analysis from finding out that nothing here changes within one thread.
    asm volatile("" ::: "memory");
    if (of_this_thread.exceptions == nullptr) [[unlikely]]
    {
        return find_anchors();
    }
    return of_this_thread;
}

} // namespace weft::detail
