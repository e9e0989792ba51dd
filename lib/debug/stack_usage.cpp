// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/debug/stack_usage.hpp>
#include <weft/fiber/detail/observation.hpp>
#include <weft/fiber/detail/scheduler_core.hpp>
#include <weft/fiber/on_thread_stack.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/log/log.hpp>

#include "pages_in_use.hpp"
#include "records.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string_view>
#include <tuple>

namespace weft::debug
{
namespace
{

using weft::detail::fiber_record;

// Named sites by their place, the others by their address.
struct site_order
{
    static auto key(const spawn_site& site)
    {
        const bool is_named = site.named.line() != 0;
        return std::tuple(is_named ? nullptr : site.address, is_named ? std::string_view(site.named.file_name()) : "",
                          site.named.line());
    }

    bool operator()(const spawn_site& left, const spawn_site& right) const
    {
        return key(left) < key(right);
    }
};

using usage_table = std::map<spawn_site, spawn_site_usage, site_order>;

constinit std::mutex usage_mutex;
constinit usage_table* entries = nullptr; // guarded by usage_mutex; never deleted, as fibers may end at any time
constinit std::atomic<unsigned> warn_above_percent{100};

struct end_of_fiber
{
    const fiber_record& fiber;
    stack_usage usage;
    std::byte* unused_below;
};

void enter(const end_of_fiber& seen)
{
    const auto site = detail::site_of(seen.fiber);
    const std::lock_guard lock(usage_mutex);
    auto& entry = (*entries)[site];
    entry.site = site;
    ++entry.fibers;
    if (seen.usage.high_water > entry.high_water)
    {
        entry.high_water = seen.usage.high_water;
        entry.stack_size = seen.usage.size;
    }
}

void warn(const end_of_fiber& seen)
{
    const auto percent = seen.usage.high_water * 100 / seen.usage.size;
    if (percent > warn_above_percent.load(std::memory_order_relaxed))
    {
        WEFT_LOG_LIMITED(warn, std::chrono::seconds(1),
                         "fiber {} has used {} of the {} bytes of its stack; spawned at {}",
                         weft::detail::label_of(seen.fiber), seen.usage.high_water, seen.usage.size,
                         to_string(detail::site_of(seen.fiber)));
    }
}

// On the fiber's stack, of which little may be left: a formatted line takes eight kilobytes. The rest is done on the
// thread's, and meanwhile all that lies below this frame can be given back.
void account(const fiber_record& fiber) noexcept
{
    // The way to the thread's stack, with the saved registers, lies below this frame.
    auto* const frame = static_cast<std::byte*>(__builtin_frame_address(0));
    end_of_fiber seen{fiber, stack_usage_of(fiber.memory), frame - page_size()};
    weft::detail::visit_thread_stack(
        [](void* closure) noexcept {
            const auto& mine = *static_cast<const end_of_fiber*>(closure);
            try
            {
                enter(mine);
                warn(mine);
            }
            catch (const std::exception&) // NOLINT(bugprone-empty-catch): no memory; the table misses one
            {
            }
            detail::give_back(mine.fiber.memory, mine.unused_below);
        },
        &seen);
}

stack_usage usage_of(const fiber_record& record)
{
    const auto* const core = weft::detail::current_core();
    if (core != nullptr && core != record.core)
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::operation_not_permitted),
                                          "weft::debug::stack_usage_of: a fiber of another scheduler");
    }
    return record.has_ended() ? stack_usage() : stack_usage_of(record.memory);
}

} // namespace

stack_usage stack_usage_of(stack which) noexcept
{
    return {which.size, detail::high_water(which)};
}

stack_usage stack_usage_of(const fiber& which)
{
    return usage_of(detail::require_record(which.record(), "weft::debug::stack_usage_of"));
}

stack_usage stack_usage_of(const jfiber& which)
{
    return usage_of(detail::require_record(which.record(), "weft::debug::stack_usage_of"));
}

stack_usage this_fiber_stack_usage()
{
    return usage_of(weft::detail::require_fiber("weft::debug::this_fiber_stack_usage"));
}

void start_stack_accounting(const stack_accounting_options& options)
{
    const std::lock_guard lock(usage_mutex);
    if (entries == nullptr)
    {
        entries = new usage_table;
    }
    warn_above_percent.store(options.warn_above_percent, std::memory_order_relaxed);
    weft::detail::told.fiber_ends.store(&account, std::memory_order_release);
}

void stop_stack_accounting() noexcept
{
    weft::detail::told.fiber_ends.store(nullptr, std::memory_order_release);
}

std::vector<spawn_site_usage> stack_usage_by_site()
{
    std::vector<spawn_site_usage> result;
    {
        const std::lock_guard lock(usage_mutex);
        if (entries != nullptr)
        {
            result.reserve(entries->size());
            for (const auto& [site, usage] : *entries)
            {
                result.push_back(usage);
            }
        }
    }
    std::stable_sort(result.begin(), result.end(),
                     [](const auto& left, const auto& right) { return left.high_water > right.high_water; });
    return result;
}

void forget_stack_usage() noexcept
{
    const std::lock_guard lock(usage_mutex);
    if (entries != nullptr)
    {
        entries->clear();
    }
}

} // namespace weft::debug
