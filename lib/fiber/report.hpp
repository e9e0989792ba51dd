// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_FIBER_REPORT_HPP
#define WEFT_LIB_FIBER_REPORT_HPP

#include <weft/fiber/detail/fiber_record.hpp>

#include <exception>
#include <string>

namespace weft::detail
{

/// An exception left a fiber that nobody joins: logs it with the fiber's name and calls `std::terminate`.
[[noreturn]] void report_unhandled(fiber_record& fiber) noexcept;

/// A fiber of a group failed, but not as the first one.
void report_further_failure(const fiber_record& fiber, const std::exception_ptr& error) noexcept;

/// A group ends by an exception, and nobody has been told of its failure.
void report_lost_failure(const std::exception_ptr& error) noexcept;

/// A fiber of a runtime failed, and nobody joins it.
void report_collected(const fiber_record& fiber, const std::exception_ptr& error) noexcept;

/// One of a runtime could not start, for want of a stack.
void report_not_started(const std::exception_ptr& error) noexcept;

/// What the exception says.
std::string text_of(const std::exception_ptr& error);

/// Whether it is what waits end with that are cancelled.
bool is_operation_aborted(const std::exception_ptr& error) noexcept;

void report_forced_unwind(const fiber_record& fiber) noexcept;
void report_forced_wake(const fiber_record& fiber) noexcept;
void report_abandoned(const fiber_record& fiber) noexcept;

/// What a scheduling algorithm has done wrong. Ends the program.
[[noreturn]] void report_fibers_lost(const fiber_record& one, std::size_t count) noexcept;
[[noreturn]] void report_fiber_not_given(const fiber_record& fiber) noexcept;

/// The running fiber's name and number, for log lines. Returns how many characters were written; 0 outside of fibers.
std::size_t write_fiber_label(char* buffer, std::size_t size) noexcept;

/// Marks the fiber as ended, gives its own reference up and wakes those who join from elsewhere.
void end_for_remote_joiners(fiber_record& fiber) noexcept;

} // namespace weft::detail

#endif
