// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_IO_PARENT_HPP
#define WEFT_LIB_IO_PARENT_HPP

#include <sys/types.h>

namespace weft::detail
{

/// For a new child: when `parent` dies, or has died already, this process gets SIGTERM. Without effect where the system has
/// nothing of the kind.
void end_with_parent(pid_t parent) noexcept;

} // namespace weft::detail

#endif
