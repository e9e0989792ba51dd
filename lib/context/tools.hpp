// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_CONTEXT_TOOLS_HPP
#define WEFT_LIB_CONTEXT_TOOLS_HPP

// What checking tools want to know about stacks. All of it does nothing without them.

#include <weft/context/detail/context_record.hpp>
#include <weft/context/stack.hpp>

namespace weft::detail
{

/// Tells Valgrind that `where` is a stack, so that a switch to it is not taken for a huge frame. Returns the number
/// under which to retract it.
unsigned introduce_stack(stack where) noexcept;
void retract_stack(unsigned number) noexcept;

/// AddressSanitizer marks the gaps between variables on a stack, and forgets to unmark them when frames are left by an
/// exception or never. Valgrind takes everything below the frame that ended last for gone. Whoever uses the memory next
/// would be accused.
void forget_marks(stack where) noexcept;

/// Tells the sanitizers that `fresh` is going to run on `where`, and that it never will again.
void introduce_execution(execution& fresh, stack where) noexcept;
void retract_execution(execution& ended, stack where) noexcept;

} // namespace weft::detail

#endif
