// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "scheduler_list.hpp"

#include "fiber_extras.hpp"

#include <cstddef>
#include <cstring>
#include <mutex>
#include <string_view>
#include <type_traits>

extern "C"
{
    /// All of them, the newest first. What weft-gdb.py looks for.
    __attribute__((visibility("default"), used)) constinit weft::detail::scheduler_entry* weft_schedulers = nullptr;
}

namespace weft::detail
{

namespace
{

constinit std::mutex list_mutex;

static_assert(std::is_standard_layout_v<fiber_layout> && offsetof(scheduler_entry, layout) == 4 * sizeof(void*));

// Each compiler that weft knows supports offsetof for classes with bases, unless these are virtual.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

fiber_layout look() noexcept
{
    fiber_layout found{};
    found.version = 1;
#if defined(WEFT_INLINE_SWITCH)
    found.has_inline_switch = 1;
#endif
    found.saved_call = offsetof(fiber_record, context);
    found.has_stack = offsetof(fiber_record, started);
    found.timer = offsetof(fiber_record, timer);
    found.id = offsetof(fiber_record, id);
    found.spawned_at = offsetof(fiber_record, spawned_at);
    found.extras = offsetof(fiber_record, extras);

    // Of a base class only a pointer tells. Nothing is read.
    alignas(fiber_record) std::byte nothing[sizeof(fiber_record)];
    auto* const record = reinterpret_cast<fiber_record*>(nothing);
    const auto from_begin = [&](const void* part) {
        return static_cast<std::uint64_t>(static_cast<const std::byte*>(part) - nothing);
    };
    found.live_hook = from_begin(static_cast<live_hook*>(record));
    found.wait = from_begin(static_cast<waiter*>(record));

    // Libraries differ in which word of a string_view comes first.
    constexpr std::string_view probe("x", 1);
    std::uint64_t first_word = 0;
    static_assert(sizeof(std::string_view) == 2 * sizeof first_word);
    std::memcpy(&first_word, &probe, sizeof first_word);
    const bool size_first = first_word == probe.size();
    found.name_size = offsetof(fiber_extras, name) + (size_first ? 0 : sizeof first_word);
    found.name_address = offsetof(fiber_extras, name) + (size_first ? sizeof first_word : 0);
    return found;
}

#pragma GCC diagnostic pop

} // namespace

const fiber_layout& layout_of_fibers() noexcept
{
    static const fiber_layout layout = look();
    return layout;
}

scheduler_entry::scheduler_entry(const void* live, fiber_record* const* current) noexcept
    : live_fibers(live), running(current), layout(&layout_of_fibers())
{
    const std::lock_guard guard(list_mutex);
    next = weft_schedulers;
    if (next != nullptr)
    {
        next->previous = this;
    }
    weft_schedulers = this;
}

scheduler_entry::~scheduler_entry()
{
    const std::lock_guard guard(list_mutex);
    (previous != nullptr ? previous->next : weft_schedulers) = next;
    if (next != nullptr)
    {
        next->previous = previous;
    }
}

} // namespace weft::detail
