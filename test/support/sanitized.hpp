// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_SANITIZED_HPP
#define WEFT_TEST_SUPPORT_SANITIZED_HPP

#include <weft/context/detail/sanitizer.hpp>

#include <cstdio>

namespace weft::test
{

#if defined(WEFT_ASAN) || defined(WEFT_TSAN)
inline constexpr bool runs_sanitized = true;
#else
inline constexpr bool runs_sanitized = false;
#endif

/// True, with the reason printed, under a sanitizer.
inline bool skipped_if_sanitized(const char* reason)
{
    if (runs_sanitized)
    {
        std::printf("skipped under sanitizers: %s\n", reason);
    }
    return runs_sanitized;
}

} // namespace weft::test

#endif
