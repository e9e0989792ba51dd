// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_SLICES_HPP
#define WEFT_TEST_SUPPORT_SLICES_HPP

#include <weft/fiber/detail/scheduler_core.hpp>

#include <functional>

namespace weft::test
{

/// While this lives, a round on this thread runs one fiber, up to its next switch, and calls `look(scheduler)` before
/// that: there it may see who waits and who is ready, cancel fibers and reorder the ready queue. One at a time for each
/// thread.
class between_slices
{
public:
    explicit between_slices(std::function<void(weft::detail::scheduler_core&)> look);
    ~between_slices();
    between_slices(const between_slices&) = delete;
    between_slices& operator=(const between_slices&) = delete;

    void call(weft::detail::scheduler_core& core)
    {
        look_(core);
    }

private:
    std::function<void(weft::detail::scheduler_core&)> look_;
    void (*formerly_)() noexcept;
};

} // namespace weft::test

#endif
