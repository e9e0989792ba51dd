// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_ROUND_HPP
#define WEFT_LIB_FIBER_ROUND_HPP

#include <weft/context/detail/sanitizer.hpp>
#include <weft/fiber/detail/observation.hpp>
#include <weft/fiber/detail/scheduler_core.hpp>

namespace weft::detail
{

/// The thread runs fibers of this scheduler from here on, until it gives `exchange_current_core` the result back.
inline scheduler_core* begin_round(scheduler_core& core) noexcept
{
    const auto outer = exchange_current_core(&core);
    core.anchors = current_thread_anchors();
#if defined(WEFT_TSAN)
    core.root.tsan_fiber = __tsan_get_current_fiber();
#endif
    core.note_begin_of_round();
    core.begin_slice();
    tell_round_begins();
    return outer;
}

} // namespace weft::detail

#endif
