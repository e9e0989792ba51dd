// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_MEMORY_CALLS_HPP
#define WEFT_TEST_SUPPORT_MEMORY_CALLS_HPP

#include <cstdint>

namespace weft::test
{

/// How often this process has called malloc or its kin. Linking this function in replaces them; under sanitizers, which
/// do that themselves, it is always 0.
std::uint64_t malloc_count() noexcept;

/// From now on each system call of this process that takes, gives back or changes memory kills it with SIGSYS: mmap,
/// mremap, munmap, brk, mprotect, madvise. For a child process. False if that is not to be had.
bool forbid_memory_system_calls() noexcept;

} // namespace weft::test

#endif
