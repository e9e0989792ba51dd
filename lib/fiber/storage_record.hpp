// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_STORAGE_RECORD_HPP
#define WEFT_LIB_FIBER_STORAGE_RECORD_HPP

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/detail/fiber_record.hpp>

#include <cstddef>
#include <limits>

namespace weft::detail
{

/// The `stack_size` of records in storage of the caller's: no fiber with a stack of weft's has it, so that neither ever
/// takes over the stack of the other.
inline constexpr std::size_t no_stack_of_weft = std::numeric_limits<std::size_t>::max();

/// Makes the new record one in storage, and `apply_attributes` for a record in storage. Allocates nothing.
void describe_storage(fiber_record& record, const attributes& wanted) noexcept;

/// The extras of the record in this storage.
fiber_extras* make_extras(fiber_storage& storage) noexcept;

} // namespace weft::detail

#endif
