// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "fuzz/targets.hpp"

#include <cstdint>

/// What libFuzzer calls; WEFT_FUZZ_TARGET is the target's name.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
    weft::fuzz::WEFT_FUZZ_TARGET({static_cast<const char*>(static_cast<const void*>(bytes)), size});
    return 0;
}
