// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_USE_FIBER_HPP
#define WEFT_IO_USE_FIBER_HPP

#include <weft/fiber/waker.hpp>
#include <weft/io/detail/fiber_operation.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/error_code.hpp>

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

        /// From what `Inner` can be made of.
        template <class Other>
            requires(!std::is_same_v<Other, executor_with_default> && std::is_convertible_v<Other, Inner>)
        executor_with_default(const Other& other) noexcept : Inner(other)
        {
        }
    };

    /// The type of an I/O object whose operations take `use_fiber` if they are given no token.
    template <class Object>
    using as_default_on_t =
        typename Object::template rebind_executor<executor_with_default<typename Object::executor_type>>::other;

    template <class Object>
    static typename std::decay_t<Object>::template rebind_executor<
        executor_with_default<typename std::decay_t<Object>::executor_type>>::other
    /// The object with that type.
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
