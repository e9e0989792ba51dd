// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_COMPLETION_HPP
#define WEFT_IO_DETAIL_COMPLETION_HPP

// What Asio calls when an operation is over, and what is kept of it for whoever waits.

#include <weft/io/detail/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// Turns the arguments of a completion handler into what a plain function call would do.
template <class... Args>
struct completion_result
{
    using values = std::tuple<Args...>;

    static auto get(values&& all)
    {
        if constexpr (sizeof...(Args) == 1)
        {
            return std::get<0>(std::move(all));
        }
        else if constexpr (sizeof...(Args) > 1)
        {
            return std::move(all);
        }
    }
};

/// What `as_tuple` completes with.
template <class... Args>
inline constexpr bool is_error_tuple = false;
template <class... Args>
inline constexpr bool is_error_tuple<std::tuple<boost::system::error_code, Args...>> = true;

template <class... Args>
struct completion_traits
{
    using result = completion_result<Args...>;
    using values = std::tuple<Args...>;

    static void check(values&) {}
    static constexpr bool has_error_code = false;
    static constexpr bool has_exception = false;
    static constexpr bool starts_with_error_tuple = is_error_tuple<Args...>;
    static auto rest(values&& all)
    {
        return std::move(all);
    }
};

template <class... Args>
auto without_first(std::tuple<Args...>&& all)
{
    return std::apply([](auto&&, auto&&... others) { return std::make_tuple(std::move(others)...); }, std::move(all));
}

template <class... Args>
struct completion_traits<boost::system::error_code, Args...>
{
    using result = completion_result<Args...>;
    using values = std::tuple<boost::system::error_code, Args...>;

    static void check(values& all)
    {
        if (std::get<0>(all))
        {
            throw boost::system::system_error(std::get<0>(all));
        }
    }
    static constexpr bool has_error_code = true;
    static constexpr bool has_exception = false;
    static constexpr bool starts_with_error_tuple = false;
    static auto rest(values&& all)
    {
        return without_first(std::move(all));
    }
};

template <class... Args>
struct completion_traits<std::exception_ptr, Args...>
{
    using result = completion_result<Args...>;
    using values = std::tuple<std::exception_ptr, Args...>;

    static void check(values& all)
    {
        if (std::get<0>(all))
        {
            std::rethrow_exception(std::get<0>(all));
        }
    }
    static constexpr bool has_error_code = false;
    static constexpr bool has_exception = true;
    static constexpr bool starts_with_error_tuple = false;
    static auto rest(values&& all)
    {
        return without_first(std::move(all));
    }
};

/// The handler that Asio sees. `Operation` has `complete`, `abandon`, `get_executor` and `slot`, and is the memory.
template <class Operation>
class operation_handler
{
public:
    using executor_type = boost::asio::any_io_executor;
    using allocator_type = operation_allocator<void>;
    using cancellation_slot_type = boost::asio::cancellation_slot;

    explicit operation_handler(Operation& where) noexcept : operation_(&where) {}
    operation_handler(operation_handler&& other) noexcept : operation_(std::exchange(other.operation_, nullptr)) {}
    operation_handler& operator=(operation_handler&&) = delete;
    ~operation_handler()
    {
        if (operation_ != nullptr)
        {
            operation_->abandon();
        }
    }

    template <class... Results>
    void operator()(Results&&... results)
    {
        std::exchange(operation_, nullptr)->complete(std::forward<Results>(results)...);
    }

    executor_type get_executor() const noexcept
    {
        return operation_->get_executor();
    }
    allocator_type get_allocator() const noexcept
    {
        return allocator_type(*operation_);
    }
    cancellation_slot_type get_cancellation_slot() const noexcept
    {
        return operation_->slot();
    }

private:
    Operation* operation_;
};

/// What a handler was called with, if it was.
template <class... Args>
class operation_results
{
public:
    using traits = completion_traits<Args...>;
    using values = typename traits::values;

    /// By the handler.
    template <class... Results>
    void keep(Results&&... results)
    {
        try
        {
            values_.emplace(std::forward<Results>(results)...);
        }
        catch (...)
        {
            failure_ = std::current_exception();
        }
    }

    bool have_succeeded() const noexcept
    {
        if constexpr (traits::has_error_code)
        {
            return values_ && !std::get<0>(*values_);
        }
        else
        {
            return values_.has_value() || failure_ != nullptr;
        }
    }

    /// A handler that was destroyed without a call counts as called with `operation_aborted`, made more precise by
    /// `explain(error)`. Errors: what moving the results here has thrown; that error, where they have none.
    template <class Explain>
    values& get(Explain explain)
    {
        if (failure_) [[unlikely]]
        {
            std::rethrow_exception(failure_);
        }
        if (!values_) [[unlikely]]
        {
            boost::system::error_code aborted = boost::asio::error::operation_aborted;
            explain(aborted);
            if constexpr (traits::has_error_code && std::is_default_constructible_v<values>)
            {
                values_.emplace();
                std::get<0>(*values_) = aborted;
            }
            else
            {
                throw boost::system::system_error(aborted);
            }
        }
        return *values_;
    }

private:
    std::optional<values> values_;
    std::exception_ptr failure_; ///< of moving the results here
};

} // namespace weft::detail

#endif
