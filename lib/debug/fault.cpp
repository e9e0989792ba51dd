// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "fault.hpp"

#include <weft/fiber/detail/observation.hpp>
#include <weft/fiber/detail/scheduler_core.hpp>

#include "thread_cover.hpp"

#include <cstdint>

namespace weft::debug::detail
{
namespace
{

using weft::detail::fiber_record;

std::uintptr_t number_of(const std::byte* address) noexcept
{
    return reinterpret_cast<std::uintptr_t>(address);
}

// How far the stack pointer can be from an address that an overflow touches: a call and a push touch the word below it,
// a prologue what it has just reserved, and some compilers look a few pages ahead.
constexpr std::size_t reach = 64 * 1024;

bool is_near(const std::byte* stack_pointer, const std::byte* address) noexcept
{
    const auto pointer = number_of(stack_pointer);
    const auto touched = number_of(address);
    return pointer <= touched + reach && touched <= pointer + reach;
}

bool is_in_guard(const stack& memory, const std::byte* address) noexcept
{
    return memory && number_of(address) < number_of(memory.base) &&
           number_of(address) + page_size() >= number_of(memory.base);
}

bool is_inside(const stack& memory, const std::byte* address) noexcept
{
    return memory && number_of(address) >= number_of(memory.base) && number_of(address) < number_of(memory.top());
}

// Memory of the caller's has no guard.
bool is_in_guard(const fiber_record& fiber, const std::byte* address) noexcept
{
    return fiber.storage == nullptr && is_in_guard(fiber.memory, address);
}

const fiber_record* owner_of_guard(const fiber_record* running, const std::byte* address) noexcept
{
    if (running != nullptr && is_in_guard(*running, address))
    {
        return running;
    }
    auto* const core = running != nullptr ? running->core : weft::detail::current_core();
    const fiber_record* found = nullptr;
    if (core != nullptr)
    {
        // This thread's own round was interrupted, so nobody changes the list; at worst a link of it was just being set.
        core->for_each_live([&](const fiber_record& one) {
            if (found == nullptr && is_in_guard(one, address))
            {
                found = &one;
            }
        });
    }
    return found;
}

} // namespace

fault classify(const void* address, const void* signal_context) noexcept
{
    fault result;
    result.address = static_cast<const std::byte*>(address);
    result.at = weft::detail::registers_of(signal_context);
    result.running = weft::detail::responsible_fiber();

    const auto* const pointer = result.at.stack_pointer;
    const bool is_of_stack = pointer == nullptr || is_near(pointer, result.address);
    result.owner = owner_of_guard(result.running, result.address);
    if (result.owner != nullptr)
    {
        result.memory = result.owner->memory;
        result.what = is_of_stack ? fault::kind::overflow : fault::kind::stray_access;
        return result;
    }
    const stack own = own_stack_of_thread();
    if (pointer == nullptr || !is_of_stack || !own)
    {
        return result;
    }
    // The system lets the first thread's stack grow until a limit, which it counts in pages of its own.
    if (number_of(result.address) < number_of(own.base) + page_size() &&
        number_of(result.address) + reach >= number_of(own.base))
    {
        result.what = fault::kind::thread_stack;
        result.memory = own;
    }
    else if (!is_inside(own, pointer) && (result.running == nullptr || !is_inside(result.running->memory, pointer)))
    {
        result.what = fault::kind::unknown_stack;
    }
    return result;
}

} // namespace weft::debug::detail
