// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LOG_RATE_LIMIT_HPP
#define WEFT_LOG_RATE_LIMIT_HPP

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace weft::log
{

/// Lets at most one event pass per interval and counts the others. Made for static storage: no constructor runs, no
/// lock is taken. The time is the caller's.
class rate_limit
{
public:
    using clock = std::chrono::steady_clock;

    constexpr rate_limit() noexcept = default;
    rate_limit(const rate_limit&) = delete;
    rate_limit& operator=(const rate_limit&) = delete;

    /// How many events were held back since the last one that passed, or nothing when this one is to be held back.
    /// The next event may pass at `now + interval`. Of events at the same moment one passes; each that does not is
    /// counted exactly once.
    ///
    /// Blocks: never.
    /// Thread safety: any number of threads.
    std::optional<std::uint64_t> admit(clock::time_point now, std::chrono::nanoseconds interval) noexcept
    {
        const std::int64_t moment = std::chrono::nanoseconds(now.time_since_epoch()).count();
        std::int64_t due = due_.load(std::memory_order_relaxed);
        if (moment < due || !due_.compare_exchange_strong(due, after(moment, interval), std::memory_order_relaxed))
        {
            held_back_.fetch_add(1, std::memory_order_relaxed);
            return std::nullopt;
        }
        return held_back_.exchange(0, std::memory_order_relaxed);
    }

private:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    static std::int64_t after(std::int64_t moment, std::chrono::nanoseconds interval) noexcept
    {
        return interval.count() > 0 && moment > never - interval.count() ? never : moment + interval.count();
    }

    std::atomic<std::int64_t> due_{std::numeric_limits<std::int64_t>::min()}; // nanoseconds of `clock`
    std::atomic<std::uint64_t> held_back_{0};
};

} // namespace weft::log

#endif
