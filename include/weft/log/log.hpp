// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LOG_LOG_HPP
#define WEFT_LOG_LOG_HPP

// What sources include that log; public headers of other layers should not, because spdlog comes with it.
//
//     WEFT_LOG_WARN("accept: {}", error.message());
//     WEFT_LOG_LIMITED(warn, std::chrono::seconds{1}, "accept: {}", error.message());
//
// The arguments are evaluated only if the line is written, and on the caller's side: what evaluating them throws is the
// caller's. Writing the line never throws; what fails there is spdlog's error handler's. It waits for no fiber, but for
// the sink.

#include <weft/log/logger.hpp>
#include <weft/log/rate_limit.hpp>

#include <spdlog/logger.h>

#include <cstdint>
#include <memory>
#include <utility>

namespace weft::log
{

/// Values are spdlog's.
enum class level : int
{
    debug = spdlog::level::debug,
    info = spdlog::level::info,
    warn = spdlog::level::warn,
    error = spdlog::level::err,
    critical = spdlog::level::critical
};

namespace detail
{

/// The logger of this process if it writes lines of this level, else null.
std::shared_ptr<spdlog::logger> logger_for(level which) noexcept;

class line
{
public:
    line(spdlog::logger& to, level severity, spdlog::source_loc where, std::uint64_t held_back = 0) noexcept
        : to_(to), severity_(static_cast<spdlog::level::level_enum>(severity)), where_(where), held_back_(held_back)
    {
    }

    template <class... Args>
    void write(spdlog::format_string_t<Args...> format, Args&&... args) const noexcept
    {
        try
        {
            if (held_back_ == 0)
            {
                to_.log(where_, severity_, format, std::forward<Args>(args)...);
            }
            else
            {
                to_.log(where_, severity_, "{} ({} more were not shown)",
                        spdlog::fmt_lib::format(format, std::forward<Args>(args)...), held_back_);
            }
        }
        catch (...) // NOLINT(bugprone-empty-catch): a line that cannot be written has nowhere to be reported
        {
        }
    }

private:
    spdlog::logger& to_;
    spdlog::level::level_enum severity_;
    spdlog::source_loc where_;
    std::uint64_t held_back_;
};

} // namespace detail
} // namespace weft::log

// No comma outside of parentheses: the macros below may be arguments of others.
#define WEFT_LOG_DETAIL_WHERE ::spdlog::source_loc(__FILE__, __LINE__, static_cast<const char*>(__func__))

#define WEFT_LOG_DETAIL_WRITE(severity, ...)                                                                           \
    do                                                                                                                 \
    {                                                                                                                  \
        constexpr auto weft_level = ::weft::log::level::severity;                                                      \
        if (const auto weft_logger = ::weft::log::detail::logger_for(weft_level))                                      \
        {                                                                                                              \
            ::weft::log::detail::line(*weft_logger, weft_level, WEFT_LOG_DETAIL_WHERE).write(__VA_ARGS__);             \
        }                                                                                                              \
    } while (false)

/// WEFT_LOG_<LEVEL>(format, args...): one line, in fmt's format.
#define WEFT_LOG_DEBUG(...) WEFT_LOG_DETAIL_WRITE(debug, __VA_ARGS__)
#define WEFT_LOG_INFO(...) WEFT_LOG_DETAIL_WRITE(info, __VA_ARGS__)
#define WEFT_LOG_WARN(...) WEFT_LOG_DETAIL_WRITE(warn, __VA_ARGS__)
#define WEFT_LOG_ERROR(...) WEFT_LOG_DETAIL_WRITE(error, __VA_ARGS__)
#define WEFT_LOG_CRITICAL(...) WEFT_LOG_DETAIL_WRITE(critical, __VA_ARGS__)

/// WEFT_LOG_LIMITED(level, interval, format, args...): from this place in the source at most one line per interval, a
/// duration of std::chrono on the steady clock; the next line says how many were held back. `level` is the bare name.
#define WEFT_LOG_LIMITED(severity, interval, ...)                                                                      \
    do                                                                                                                 \
    {                                                                                                                  \
        constexpr auto weft_level = ::weft::log::level::severity;                                                      \
        if (const auto weft_logger = ::weft::log::detail::logger_for(weft_level))                                      \
        {                                                                                                              \
            static constinit ::weft::log::rate_limit weft_limit;                                                       \
            if (const auto weft_held_back = weft_limit.admit(::weft::log::rate_limit::clock::now(), (interval)))       \
            {                                                                                                          \
                ::weft::log::detail::line(*weft_logger, weft_level, WEFT_LOG_DETAIL_WHERE, *weft_held_back)            \
                    .write(__VA_ARGS__);                                                                               \
            }                                                                                                          \
        }                                                                                                              \
    } while (false)

#endif
