// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_THREADS_HPP
#define WEFT_LIB_FIBER_THREADS_HPP

// What a runtime asks of the operating system. Everything that only Linux has is behind these functions.

#include <cstddef>
#include <optional>
#include <string>

namespace weft::detail
{

/// Shortened to what the system takes. Without effect where threads have no names.
void name_this_thread(const std::string& name) noexcept;

/// Keeps the calling thread on one of the processors that it may run on, counted around from `index`. False where that
/// cannot be had.
bool pin_this_thread(std::size_t index) noexcept;

/// As many processors as the control groups of this process pay for, a part of one counted whole; nothing if they set no
/// limit. `root` is put in front of all paths, for tests. Errors: `std::bad_alloc` and those of reading files.
std::optional<std::size_t> cpu_quota(const std::string& root = {});

} // namespace weft::detail

#endif
