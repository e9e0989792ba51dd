// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_BENCH_FIBER_SPREAD_HPP
#define WEFT_BENCH_FIBER_SPREAD_HPP

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/runtime.hpp>

#include "harness/isolation.hpp"

#include <cstddef>

namespace weft::bench
{

/// The first worker on the measured core, the others on the peer's: a measured process is pinned, and its threads inherit
/// that. To be called in a fiber of the runtime.
inline void spread(runtime& workers)
{
    for (std::size_t i = 0; i < workers.size(); ++i)
    {
        workers.make_fiber_on(i, [i] { pin_to_core(i == 0 ? core_role::measured : core_role::peer); }).join();
    }
}

} // namespace weft::bench

#endif
