// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LOG_LOGGER_HPP
#define WEFT_LOG_LOGGER_HPP

#include <cstddef>
#include <memory>
#include <string>

namespace spdlog
{
class formatter;
class logger;
} // namespace spdlog

namespace weft::log
{

/// The logger of this process, through which the library reports what it cannot return to anybody. Until another one is
/// set: named "weft", to stderr, in colour on a terminal, from level info upwards. Null after `set_logger(nullptr)`.
///
/// The logger is never destroyed by weft at exit, so that destructors of static objects may still log.
///
/// Blocks: never.
/// Errors: `std::bad_alloc` or `spdlog::spdlog_ex`, only from the first call and only when no logger was set.
/// Thread safety: any thread, at any time.
std::shared_ptr<spdlog::logger> logger();

/// Replaces the logger of this process; null silences the library. Its level and pattern stay as they are: see
/// `make_formatter` for one that knows fibers.
///
/// Blocks: never.
/// Thread safety: any thread, at any time. A line that is being written still goes to the logger before.
void set_logger(std::shared_ptr<spdlog::logger> replacement) noexcept;

/// An spdlog pattern formatter that knows one more flag: `%w`, the name of the running fiber, or "-" outside of
/// fibers. Width, alignment and truncation are written as with spdlog's own flags: `%-12!w`.
///
/// The name is asked for where the line is formatted: behind an asynchronous logger that is never in the fiber.
///
/// Errors: `std::bad_alloc`.
std::unique_ptr<spdlog::formatter> make_formatter(std::string pattern);

/// Writes the name of the running fiber into `buffer` and returns its length in bytes; 0 outside of fibers. A longer
/// name is cut to `size`. It must not wait and must not log: the lock of the log's sink is held.
using fiber_name_source = std::size_t (*)(char* buffer, std::size_t size) noexcept;

/// Tells this layer, which knows no fibers, whom to ask for the fiber's name. Null: nobody.
///
/// Thread safety: any thread, at any time.
void set_fiber_name_source(fiber_name_source source) noexcept;

} // namespace weft::log

#endif
