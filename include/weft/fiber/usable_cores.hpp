// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_USABLE_CORES_HPP
#define WEFT_FIBER_USABLE_CORES_HPP

#include <cstddef>

namespace weft
{

/// How many threads of this process can run at the same time: the processors that the calling thread may run on, at most
/// as many as the quotas of its control groups (version 2 or 1) pay for, a part of one counted whole. At least 1.
///
/// Blocks: for a few files of the kernel's. Thread safety: any thread.
std::size_t usable_cores() noexcept;

} // namespace weft

#endif
