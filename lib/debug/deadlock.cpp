// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/debug/deadlock.hpp>
#include <weft/fiber/detail/lock_wait.hpp>
#include <weft/log/log.hpp>

#include <boost/intrusive/set.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>

// Why a circle that is found is one: all waits in the table are of callers inside of a lock function, which give none of
// their locks up there; the table's mutex keeps them inside. The caller's own wait is entered before it is looked at, so
// that of several that close a circle at the same time, the last sees it, and only the last.

namespace weft::debug
{
namespace
{

using weft::detail::lock_wait;

struct by_caller
{
    using type = std::uintptr_t;
    type operator()(const lock_wait& wait) const noexcept
    {
        return wait.who;
    }
};

using wait_table = boost::intrusive::set<lock_wait, boost::intrusive::key_of_value<by_caller>,
                                         boost::intrusive::constant_time_size<false>>;

constinit std::mutex table_mutex;

/// Guarded by `table_mutex`. Never destroyed, as threads may wait at exit.
wait_table& table() noexcept
{
    alignas(wait_table) static std::byte memory[sizeof(wait_table)];
    static auto* const made = ::new (memory) wait_table;
    return *made;
}

/// The wait of the owner of what this one waits for; null if that is free, shared, or its owner waits for no lock.
const lock_wait* next_of(const lock_wait& wait) noexcept
{
    const auto owner = wait.owner_of(wait.lock);
    const auto found = table().find(owner);
    // One that was given the lock, but has not run since, waits for nobody.
    return owner != 0 && owner != wait.who && found != table().end() ? &*found : nullptr;
}

/// How many waits the circle has that this one closes; zero if it closes none. The chain may run into a circle of others
/// instead, who have reported it: the mark that moves ahead at each power of two is met again there.
std::size_t length_of_circle(const lock_wait& mine) noexcept
{
    const auto* mark = &mine;
    std::size_t steps = 1;
    std::size_t next_mark = 1;
    for (auto wait = next_of(mine); wait != nullptr; wait = next_of(*wait), ++steps)
    {
        if (wait == &mine)
        {
            return steps;
        }
        if (wait == mark)
        {
            return 0;
        }
        if (steps == next_mark)
        {
            mark = wait;
            next_mark *= 2;
        }
    }
    return 0;
}

std::string label_of(const lock_wait& wait)
{
    return wait.fiber != nullptr ? "fiber " + weft::detail::label_of(*wait.fiber)
                                 : "thread " + std::to_string(wait.thread);
}

struct circle
{
    std::string text;
    bool may_end_early = false;
};

/// Nothing if it has come undone: in a log's sink, inside of a report, locks can be given up after all.
std::optional<circle> describe(const lock_wait& mine, std::size_t length)
{
    circle result;
    std::ostringstream text;
    text << label_of(mine);
    auto wait = &mine;
    for (std::size_t i = 0; i < length; ++i)
    {
        const auto holder = next_of(*wait);
        if (holder == nullptr)
        {
            return std::nullopt;
        }
        text << (i == 0 ? "" : ", which") << " waits for the lock at " << wait->lock << " that " << label_of(*holder)
             << " holds";
        result.may_end_early |= wait->may_end_early;
        wait = holder;
    }
    result.text = text.str();
    return result;
}

/// Enters the wait, and what it has closed.
std::optional<circle> enter(lock_wait& wait)
{
    const std::lock_guard lock(table_mutex);
    // A log's sink may wait for a lock too, inside of the report on another.
    wait.is_known = table().insert(wait).second;
    const auto length = wait.is_known ? length_of_circle(wait) : 0;
    return length != 0 ? describe(wait, length) : std::nullopt;
}

void begins(lock_wait& wait) noexcept
try
{
    wait.fiber = weft::detail::responsible_fiber();
    wait.thread = wait.fiber == nullptr ? ::gettid() : 0;
    if (const auto found = enter(wait))
    {
        if (found->may_end_early)
        {
            WEFT_LOG_WARN("deadlock unless a wait ends early: {}", found->text);
        }
        else
        {
            WEFT_LOG_ERROR("deadlock: {}", found->text);
        }
    }
}
catch (const std::bad_alloc&)
{
    WEFT_LOG_ERROR("a deadlock, and no memory to say whose");
}

void ends(lock_wait& wait) noexcept
{
    if (wait.is_known)
    {
        const std::lock_guard lock(table_mutex);
        table().erase(table().iterator_to(wait));
    }
}

constexpr weft::detail::lock_wait_observer observer{&begins, &ends};

} // namespace

void start_deadlock_detection() noexcept
{
    weft::detail::told.lock_waits.store(&observer, std::memory_order_release);
}

void stop_deadlock_detection() noexcept
{
    weft::detail::told.lock_waits.store(nullptr, std::memory_order_release);
}

} // namespace weft::debug
