// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_FIBER_POOL_TIME_HPP
#define WEFT_TEST_FIBER_POOL_TIME_HPP

#include <weft/fiber/this_fiber.hpp>

#include "support/virtual_time.hpp"

#include <chrono>

namespace weft::test
{

struct pool_time : virtual_time
{
    /// A job that notes its name and the time, and takes that long.
    auto job(const char* name, std::chrono::milliseconds duration = std::chrono::milliseconds(0))
    {
        return [this, name, duration] {
            note_time(name);
            if (duration != std::chrono::milliseconds(0))
            {
                this_fiber::sleep_for(duration);
            }
        };
    }
};

} // namespace weft::test

#endif
