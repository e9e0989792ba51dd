// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/fiber_locals.hpp>
#include <weft/fiber/detail/observation.hpp>

#include "fiber_extras.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace weft::detail
{

fiber_locals::key_type fiber_locals::make_key() noexcept
{
    static constinit std::atomic<key_type> next{1};
    return next.fetch_add(1, std::memory_order_relaxed);
}

void* fiber_locals::get(key_type key) const noexcept
{
    const auto found = std::find_if(slots_.begin(), slots_.end(), [key](const slot& one) { return one.key == key; });
    return found == slots_.end() ? nullptr : found->value;
}

void* fiber_locals::exchange(key_type key, void* value, cleanup clean, function custom)
{
    const auto found = std::find_if(slots_.begin(), slots_.end(), [key](const slot& one) { return one.key == key; });
    if (found == slots_.end())
    {
        slots_.push_back({key, value, clean, custom});
        return nullptr;
    }
    return std::exchange(found->value, value);
}

void fiber_locals::destroy_all() noexcept
{
    while (!slots_.empty())
    {
        const auto last = slots_.back();
        slots_.pop_back();
        if (last.value != nullptr && last.clean != nullptr)
        {
            last.clean(last.value, last.custom);
        }
    }
}

namespace
{

struct thread_locals
{
    fiber_locals last_actions;
    fiber_locals locals;
};

__attribute__((noinline)) thread_locals& of_this_thread()
{
    // Not a global object: made when a thread first asks, gone with the thread.
    static thread_local thread_locals mine;
    return mine;
}

} // namespace

fiber_locals* current_locals(bool create)
{
    if (const auto self = responsible_fiber())
    {
        if (!create && self->extras == nullptr)
        {
            return nullptr;
        }
        return &extras_of(*self).locals;
    }
    return &of_this_thread().locals;
}

fiber_locals& current_last_actions()
{
    const auto self = responsible_fiber();
    return self != nullptr ? extras_of(*self).last_actions : of_this_thread().last_actions;
}

} // namespace weft::detail
