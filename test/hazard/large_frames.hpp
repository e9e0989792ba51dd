// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_HAZARD_LARGE_FRAMES_HPP
#define WEFT_TEST_HAZARD_LARGE_FRAMES_HPP

namespace weft::test
{

// Functions with a frame of 80 KB, of which they write the far end only.

/// Compiled with -fstack-clash-protection: the frame is touched page by page.
int with_probes(int value);

/// Compiled without.
int without_probes(int value);

} // namespace weft::test

#endif
