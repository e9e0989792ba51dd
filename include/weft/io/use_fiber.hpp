// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_USE_FIBER_HPP
#define WEFT_IO_USE_FIBER_HPP

#include <weft/fiber/waker.hpp>
#include <weft/io/detail/operation.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weft
{

/// The type of `use_fiber`; `Executor` plays a part only in `as_default_on`.
template <class Executor = boost::asio::any_io_executor>
struct use_fiber_t
{
    /// An executor whose I/O objects take `use_fiber` as their default token.
    template <class Inner>
    struct executor_with_default : Inner
    {
        using default_completion_token_type = use_fiber_t;

        template <class Other>
            requires(!std::is_same_v<Other, executor_with_default> && std::is_convertible_v<Other, Inner>)
        executor_with_default(const Other& other) noexcept : Inner(other)
        {
        }
    };

    template <class Object>
    using as_default_on_t =
        typename Object::template rebind_executor<executor_with_default<typename Object::executor_type>>::other;

    template <class Object>
    static typename std::decay_t<Object>::template rebind_executor<
        executor_with_default<typename std::decay_t<Object>::executor_type>>::other
    as_default_on(Object&& object)
    {
        return typename std::decay_t<Object>::template rebind_executor<
            executor_with_default<typename std::decay_t<Object>::executor_type>>::other(std::forward<Object>(object));
    }
};

/// A completion token with which any asynchronous operation of Asio, or of a library in its style, waits with the
/// running fiber and returns its result: `auto n = asio::async_read(socket, buffer, weft::use_fiber);`
///
/// A leading `error_code` is thrown as `system_error`, a leading `exception_ptr` rethrown; of the other results none
/// gives `void`, one itself, more a `std::tuple`. `asio::as_tuple` and `asio::redirect_error` keep the error code as a
/// value. The fiber's executor, an allocator with memory of the waiting frame, and a cancellation slot are associated
/// with the handler. An operation that completes at once does not switch.
///
/// Blocks: the fiber.
/// Cancellation: the operation is cancelled through its slot, and the call returns when it has finished: with the
/// operation's result if it succeeded after all, else with `operation_aborted`. An operation without support for
/// cancellation is waited for to its end.
/// Errors: those of the operation; `timed_out` when the inherited deadline comes first; `operation_aborted` also when
/// the handler is destroyed without being called; `operation_not_permitted` outside of fibers.
inline constexpr use_fiber_t<> use_fiber{};

namespace detail
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
    static constexpr bool starts_with_error_tuple = false;
    static auto rest(values&& all)
    {
        return without_first(std::move(all));
    }
};

template <class... Args>
class fiber_handler;

/// An operation with the place for its results.
template <class... Args>
class fiber_operation : public operation
{
public:
    using traits = completion_traits<std::decay_t<Args>...>;
    using values = typename traits::values;

    using operation::operation;

    template <class Initiation, class... InitArgs>
    WEFT_PATH_INLINE void run(Initiation&& initiation, InitArgs&&... args)
    {
        if (!begin())
        {
            return;
        }
        try
        {
            std::forward<Initiation>(initiation)(fiber_handler<Args...>(*this), std::forward<InitArgs>(args)...);
        }
        catch (...)
        {
            give_up();
            throw;
        }
        wait();
    }

    template <class... Results>
    void complete(Results&&... results)
    {
        try
        {
            results_.emplace(std::forward<Results>(results)...);
        }
        catch (...)
        {
            failure_ = std::current_exception();
        }
        finish();
    }

    auto get()
    {
        settle_results();
        traits::check(*results_);
        return traits::result::get(traits::rest(std::move(*results_)));
    }

    auto get(boost::system::error_code& error)
    {
        settle_results();
        error = std::get<0>(*results_);
        return traits::result::get(traits::rest(std::move(*results_)));
    }

private:
    void settle_results()
    {
        if (failure_) [[unlikely]]
        {
            std::rethrow_exception(failure_);
        }
        if (!results_)
        {
            boost::system::error_code aborted = boost::asio::error::operation_aborted;
            explain(aborted);
            if constexpr (traits::has_error_code && std::is_default_constructible_v<values>)
            {
                results_.emplace();
                std::get<0>(*results_) = aborted;
            }
            else
            {
                throw boost::system::system_error(aborted);
            }
        }
        if constexpr (traits::has_error_code)
        {
            explain(std::get<0>(*results_));
        }
        else if constexpr (traits::starts_with_error_tuple)
        {
            explain(std::get<0>(std::get<0>(*results_)));
        }
    }

    std::optional<values> results_;
    std::exception_ptr failure_; ///< of moving the results here
};

template <class... Args>
class fiber_handler
{
public:
    using executor_type = boost::asio::any_io_executor;
    using allocator_type = operation_allocator<void>;
    using cancellation_slot_type = boost::asio::cancellation_slot;

    explicit fiber_handler(fiber_operation<Args...>& where) noexcept : operation_(&where) {}
    fiber_handler(fiber_handler&& other) noexcept : operation_(std::exchange(other.operation_, nullptr)) {}
    fiber_handler& operator=(fiber_handler&&) = delete;
    ~fiber_handler()
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
    fiber_operation<Args...>* operation_;
};

} // namespace detail

} // namespace weft

template <class Executor, class Result, class... Args>
class boost::asio::async_result<weft::use_fiber_t<Executor>, Result(Args...)>
{
public:
    // Adapters of Boost before 1.82 ask for it.
    using return_type = decltype(std::declval<weft::detail::fiber_operation<Args...>&>().get());

    template <class Initiation, class... InitArgs>
    static return_type initiate(Initiation&& initiation, weft::use_fiber_t<Executor>, InitArgs&&... args)
    {
        weft::detail::fiber_operation<Args...> operation(weft::detail::require_fiber("weft::use_fiber"));
        operation.run(std::forward<Initiation>(initiation), std::forward<InitArgs>(args)...);
        return operation.get();
    }
};

/// Asio's own adapter would do, but a deadline could not change the error into `timed_out` behind its back.
template <class Executor, class Result, class... Args>
class boost::asio::async_result<boost::asio::redirect_error_t<weft::use_fiber_t<Executor>>,
                                Result(boost::system::error_code, Args...)>
{
public:
    using operation_type = weft::detail::fiber_operation<boost::system::error_code, Args...>;
    using return_type = decltype(std::declval<operation_type&>().get(std::declval<boost::system::error_code&>()));

    template <class Initiation, class Token, class... InitArgs>
    static return_type initiate(Initiation&& initiation, Token&& token, InitArgs&&... args)
    {
        operation_type operation(weft::detail::require_fiber("weft::use_fiber"));
        operation.run(std::forward<Initiation>(initiation), std::forward<InitArgs>(args)...);
        return operation.get(token.ec_);
    }
};

#endif
