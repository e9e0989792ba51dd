// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "hazard/large_frames.hpp"

namespace weft::test
{

[[gnu::noinline]] int with_probes(int value)
{
    volatile char frame[80 * 1024];
    asm volatile("" : : "r"(frame) : "memory"); // clang keeps only what is used of an array that nobody else sees
    frame[16] = static_cast<char>(value);
    return frame[16];
}

} // namespace weft::test
