// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_DEBUG_THREAD_COVER_HPP
#define WEFT_LIB_DEBUG_THREAD_COVER_HPP

#include <weft/context/stack.hpp>

namespace weft::debug::detail
{

/// Gives the calling thread a signal stack, unless it has one that is large enough, and notes where its own stack is.
/// What it had before comes back when the thread ends. Nothing is done a second time.
///
/// Errors: `boost::system::system_error`.
void cover_thread();

/// As above, for those who cannot fail: the first failure of a thread is logged, and it is not tried again.
void try_cover_thread() noexcept;

/// The stack that the calling thread was born with; empty if it is not covered. Safe in a signal handler.
stack own_stack_of_thread() noexcept;

} // namespace weft::debug::detail

#endif
