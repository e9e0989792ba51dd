// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/detail/execution.hpp>

#include <cerrno>
#include <cxxabi.h>

namespace weft::detail
{

__attribute__((noinline)) thread_anchors current_thread_anchors() noexcept
{
    // Keeps interprocedural analysis from finding out that nothing here changes within one thread.
    asm volatile("" ::: "memory");
    thread_anchors anchors;
    anchors.exceptions = reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
    anchors.error_number = &errno;
    return anchors;
}

} // namespace weft::detail
