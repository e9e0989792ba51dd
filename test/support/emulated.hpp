// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_EMULATED_HPP
#define WEFT_TEST_SUPPORT_EMULATED_HPP

// Tests that the program itself, and not an emulator between it and the kernel, must make the system calls for.

#include <cstdio>
#include <fstream>
#include <sys/syscall.h>

namespace weft::test
{

/// A thread that asks which call it is in is reading. Of an emulator, and where the kernel keeps it to itself, it is told
/// something else. Prints the reason.
inline bool skipped_if_emulated(const char* reason)
{
    long number = -1;
    std::ifstream("/proc/thread-self/syscall") >> number;
    if (number == SYS_read)
    {
        return false;
    }
    std::printf("skipped in an emulator, or by a kernel that does not tell: %s\n", reason);
    return true;
}

} // namespace weft::test

#endif
