// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_BLOCKING_STACK_HPP
#define WEFT_SYNC_BLOCKING_STACK_HPP

#include <weft/sync/detail/queue_operations.hpp>

#include <cstddef>

namespace weft
{

/// As `blocking_queue`, but the element that came last goes first; for things that are best while they are warm. Those who
/// wait are still served in the order in which they came.
///
/// All members are those of `detail::queue_operations`, where their contracts stand. Complexity: as for `blocking_queue`.
template <class T>
class blocking_stack : public detail::queue_operations<T, detail::take_order::last_in_first_out>
{
    using base = detail::queue_operations<T, detail::take_order::last_in_first_out>;

public:
    /// Without bound: `push` never waits.
    blocking_stack() : base(detail::element_store<T>::unbounded) {}

    /// Errors: `invalid_argument` for 0, `std::bad_alloc`.
    explicit blocking_stack(std::size_t capacity) : base(detail::require_capacity(capacity)) {}
};

} // namespace weft

#endif
