// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_CANCELLATION_HPP
#define WEFT_FIBER_CANCELLATION_HPP

#include <cstdint>

namespace weft
{

/// While one of these is in scope, the fiber's waits do not react to cancellation: for a last message, a roll-back. A
/// request that comes meanwhile is reported by the first wait afterwards. The end of the io_context is not blocked.
///
/// Errors: the constructor throws `operation_not_permitted` outside of fibers.
class cancellation_blocker
{
public:
    cancellation_blocker();
    ~cancellation_blocker()
    {
        --count_;
    }
    cancellation_blocker(const cancellation_blocker&) = delete;
    cancellation_blocker& operator=(const cancellation_blocker&) = delete;

private:
    std::uint32_t& count_;
};

} // namespace weft

#endif
