// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_OBSERVATION_HPP
#define WEFT_FIBER_DETAIL_OBSERVATION_HPP

// What the debug layer, which this one does not know, is told and may ask.

#include <weft/fiber/detail/fiber_record.hpp>

#include <boost/assert/source_location.hpp>

#include <atomic>
#include <string>
#include <string_view>

namespace weft::detail
{

struct lock_wait_observer;

/// Whom to tell, null for nobody. Thread safety: any thread; a call may still be under way when its pointer has been
/// replaced.
struct observers
{
    /// A round begins on this thread, whose stack this is. May lower the round's budget and reorder who is ready.
    std::atomic<void (*)() noexcept> round_begins{nullptr};

    /// The function of this fiber has ended and nothing of its own is left on its stack, on which this still runs.
    std::atomic<void (*)(const fiber_record&) noexcept> fiber_ends{nullptr};

    /// Waits for locks with an owner, through `observed_lock_wait`. Who is told of the beginning is told of the end.
    std::atomic<const lock_wait_observer*> lock_waits{nullptr};
};

extern constinit observers told;

inline void tell_round_begins() noexcept
{
    if (const auto observer = told.round_begins.load(std::memory_order_acquire)) [[unlikely]]
    {
        observer();
    }
}

inline void tell_fiber_ends(const fiber_record& fiber) noexcept
{
    if (const auto observer = told.fiber_ends.load(std::memory_order_acquire)) [[unlikely]]
    {
        observer(fiber);
    }
}

/// Its name and number, as logs and reports call it. Errors: `std::bad_alloc`.
std::string label_of(const fiber_record& fiber);

// What follows may be asked in a signal handler.

std::string_view name_of(const fiber_record& fiber) noexcept;

/// The place that the attributes have named; null if they have not.
const boost::source_location* named_site_of(const fiber_record& fiber) noexcept;

/// The fiber whose code runs on this thread, also if that is inside of `on_thread_stack`; null if there is none.
fiber_record* responsible_fiber() noexcept;

} // namespace weft::detail

#endif
