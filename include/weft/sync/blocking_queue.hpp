// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_SYNC_BLOCKING_QUEUE_HPP
#define WEFT_SYNC_BLOCKING_QUEUE_HPP

#include <weft/sync/detail/queue_operations.hpp>

#include <cstddef>

namespace weft
{

/// First in, first out, for any number of fibers and threads at both ends; bounded or not.
///
///     weft::blocking_queue<job> jobs(100);
///     weft::fiber worker([&] { for (job& one : jobs) one.run(); });   // until it is closed and empty
///     jobs.push(next);                                                // waits while there are 100
///     jobs.close();
///
/// All members are those of `detail::queue_operations`, where their contracts stand.
///
/// Complexity: constant. A bounded one allocates once, when it is made; one without bound by the chunk, and a chunk that
/// has become empty is used again.
template <class T>
class blocking_queue : public detail::queue_operations<T, detail::take_order::first_in_first_out>
{
    using base = detail::queue_operations<T, detail::take_order::first_in_first_out>;

public:
    /// Without bound: `push` never waits.
    blocking_queue() : base(detail::element_store<T>::unbounded) {}

    /// Errors: `invalid_argument` for 0 (see `channel`), `std::bad_alloc`.
    explicit blocking_queue(std::size_t capacity) : base(detail::require_capacity(capacity)) {}
};

} // namespace weft

#endif
