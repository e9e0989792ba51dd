// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_CANCELLATION_HPP
#define WEFT_FIBER_CANCELLATION_HPP

#include <cstdint>
#include <string_view>

namespace weft
{

/// Why a fiber is asked to end: a literal that stands for itself, for people and for comparison. Empty: no reason.
class cancel_reason
{
public:
    constexpr cancel_reason() noexcept = default;

    /// Only of literals, because a reason may outlive whoever gives it.
    consteval cancel_reason(const char* text) noexcept : text_(text) {}

    /// The words; empty if there is no reason.
    constexpr std::string_view text() const noexcept
    {
        return text_;
    }

    explicit constexpr operator bool() const noexcept
    {
        return *text_ != '\0';
    }

    friend constexpr bool operator==(const cancel_reason& a, const cancel_reason& b) noexcept
    {
        return a.text() == b.text();
    }

private:
    const char* text_ = "";
};

/// The reasons that weft gives.
namespace cancel_reasons
{

inline constexpr cancel_reason requested = "requested";                   ///< `fiber::cancel` without a reason
inline constexpr cancel_reason stop_token = "stop token";                 ///< a stop token or stop source of the fiber
inline constexpr cancel_reason cancellation_slot = "cancellation slot";   ///< a signal in the slot given to `spawn`
inline constexpr cancel_reason handle_destroyed = "handle destroyed";     ///< the end of a `jfiber`
inline constexpr cancel_reason group_failed = "group failed";             ///< a fiber of the same group has failed
inline constexpr cancel_reason group_canceled = "group canceled";         ///< its group's `cancel`, end or joiner
inline constexpr cancel_reason scheduler_canceled = "scheduler canceled"; ///< `scheduler::cancel_all`
inline constexpr cancel_reason runtime_stopped = "runtime stopped";       ///< `runtime::stop`, when its grace is over
inline constexpr cancel_reason torn_down = "scheduler torn down";         ///< the end of the execution context

} // namespace cancel_reasons

/// While one of these is in scope, the fiber's waits do not react to cancellation: for a last message, a roll-back. A
/// request that comes meanwhile is reported by the first wait afterwards. The end of the io_context is not blocked.
///
/// Errors: the constructor throws `operation_not_permitted` outside of fibers.
class cancellation_blocker
{
public:
    cancellation_blocker();
    ~cancellation_blocker()
    {
        --count_;
    }
    cancellation_blocker(const cancellation_blocker&) = delete;
    cancellation_blocker& operator=(const cancellation_blocker&) = delete;

private:
    std::uint32_t& count_;
};

} // namespace weft

#endif
