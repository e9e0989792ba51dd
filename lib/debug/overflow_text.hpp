// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_DEBUG_OVERFLOW_TEXT_HPP
#define WEFT_LIB_DEBUG_OVERFLOW_TEXT_HPP

#include "fault.hpp"

namespace weft::debug::detail
{

/// Writes the report to stderr. Safe in a signal handler on a signal stack: allocates nothing, and takes no lock but the
/// dynamic linker's.
void write_report(const fault& seen) noexcept;

/// Lets the unwinder do its first-time work, which may allocate.
void prepare_report() noexcept;

} // namespace weft::debug::detail

#endif
