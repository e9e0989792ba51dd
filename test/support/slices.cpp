// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/slices.hpp"

#include <weft/fiber/detail/observation.hpp>

#include <utility>

namespace weft::test
{
namespace
{

constinit thread_local between_slices* active = nullptr;

__attribute__((noinline)) void begin_slice() noexcept
{
    if (active != nullptr)
    {
        auto& core = *weft::detail::current_core();
        core.budget = 0;
        active->call(core);
    }
}

} // namespace

between_slices::between_slices(std::function<void(weft::detail::scheduler_core&)> look)
    : look_(std::move(look)), formerly_(weft::detail::told.round_begins.exchange(&begin_slice))
{
    active = this;
}

between_slices::~between_slices()
{
    active = nullptr;
    weft::detail::told.round_begins.store(formerly_);
}

} // namespace weft::test
