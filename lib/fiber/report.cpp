// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "report.hpp"

#include <weft/fiber/detail/observation.hpp>
#include <weft/log/log.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <string>

namespace weft::detail
{

std::string text_of(const std::exception_ptr& error)
{
    try
    {
        std::rethrow_exception(error);
    }
    catch (const std::exception& failure)
    {
        return failure.what();
    }
    catch (...)
    {
        return "an exception that is no std::exception";
    }
}

bool is_operation_aborted(const std::exception_ptr& error) noexcept
{
    try
    {
        std::rethrow_exception(error);
    }
    catch (const boost::system::system_error& failure)
    {
        return failure.code() == boost::asio::error::operation_aborted;
    }
    catch (...)
    {
        return false;
    }
}

void report_unhandled(fiber_record& fiber) noexcept
{
    WEFT_LOG_CRITICAL("an exception left fiber {}, which nobody joins: {}", label_of(fiber), text_of(fiber.error));
    // Rethrown into a noexcept function, it is the current exception of the terminate handler.
    std::rethrow_exception(fiber.error);
}

void report_further_failure(const fiber_record& fiber, const std::exception_ptr& error) noexcept
{
    WEFT_LOG_WARN("fiber {} failed after its group had: {}", label_of(fiber), text_of(error));
}

void report_lost_failure(const std::exception_ptr& error) noexcept
{
    WEFT_LOG_ERROR("a fiber group that had failed ended with another exception on its way: {}", text_of(error));
}

void report_collected(const fiber_record& fiber, const std::exception_ptr& error) noexcept
{
    WEFT_LOG_ERROR("an exception left fiber {}, which nobody joins: {}", label_of(fiber), text_of(error));
}

void report_not_started(const std::exception_ptr& error) noexcept
{
    WEFT_LOG_ERROR("a fiber could not start: {}", text_of(error));
}

void report_forced_unwind(const fiber_record& fiber) noexcept
{
    WEFT_LOG_ERROR("fiber {} ignored the end of its scheduler and was unwound by force", label_of(fiber));
}

void report_forced_wake(const fiber_record& fiber) noexcept
{
    WEFT_LOG_WARN("fiber {} waited for something that cannot happen any more when its scheduler went away",
                  label_of(fiber));
}

void report_abandoned(const fiber_record& fiber) noexcept
{
    WEFT_LOG_ERROR("fiber {} could not be unwound when its scheduler went away: its stack is leaked", label_of(fiber));
}

void report_fibers_lost(const fiber_record& one, std::size_t count) noexcept
{
    WEFT_LOG_CRITICAL(
        "the scheduling algorithm has lost {} of its ready fibers, {} among them: pick_next() has returned "
        "none",
        count, label_of(one));
    std::terminate();
}

void report_fiber_not_given(const fiber_record& fiber) noexcept
{
    WEFT_LOG_CRITICAL("the scheduling algorithm has returned a fiber twice, or one that it was not given: {}",
                      static_cast<const void*>(&fiber));
    std::terminate();
}

std::size_t write_fiber_label(char* buffer, std::size_t size) noexcept
{
    const auto self = responsible_fiber();
    if (self == nullptr)
    {
        return 0;
    }
    const auto text = label_of(*self);
    return text.copy(buffer, size);
}

} // namespace weft::detail
