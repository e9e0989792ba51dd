// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_FIBER_STORAGE_HPP
#define WEFT_TEST_FIBER_STORAGE_HPP

#include <weft/fiber/fiber_storage.hpp>

#include <cstddef>
#include <memory>

namespace weft::test
{

inline constexpr std::size_t stack_bytes = 64 * 1024;
using storage = static_fiber_storage<stack_bytes>;

/// In memory of its own, not of the frame.
inline std::unique_ptr<storage> make_storage()
{
    return std::make_unique<storage>();
}

} // namespace weft::test

#endif
