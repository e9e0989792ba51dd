// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_VISITOR_HPP
#define WEFT_LIB_FIBER_VISITOR_HPP

#include <weft/fiber/detail/fiber_record.hpp>

namespace weft::detail
{

/// The fiber in whose name this thread runs code that must not wait: `current_core()` is null meanwhile. Returns who it
/// was before, null for nobody.
fiber_record* exchange_visitor(fiber_record* fiber) noexcept;

} // namespace weft::detail

#endif
