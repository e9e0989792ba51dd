// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_AWAIT_HPP
#define WEFT_IO_AWAIT_HPP

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/io/stream_socket.hpp>
#include <weft/io/use_fiber.hpp>
#include <weft/sync/future.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/system_executor.hpp>

#include <exception>
#include <type_traits>
#include <utility>

namespace weft
{

/// Runs a coroutine of Asio on the running fiber's executor, waits for it, and returns its result or throws what has left
/// it: `auto answer = weft::await(ask(socket));`
///
/// Blocks: the fiber.
/// Cancellation: passed on to the coroutine, as a terminal, partial and total one; the call returns when that has ended.
/// Errors: what leaves the coroutine; `timed_out` instead of `operation_aborted` when the inherited deadline has ended it;
/// `operation_not_permitted` outside of fibers.
template <class T, class Executor>
T await(boost::asio::awaitable<T, Executor> coroutine)
{
    return boost::asio::co_spawn(this_executor(), std::move(coroutine), use_fiber);
}

namespace detail
{

/// Joins a fiber, and cancels that when it is cancelled itself.
class joiner
{
public:
    explicit joiner(fiber which) noexcept : which_(std::move(which)) {}
    joiner(joiner&&) noexcept = default;
    joiner& operator=(joiner&&) = delete;
    ~joiner();

    void operator()();

private:
    fiber which_;
};

/// Runs `call` in a fiber on the handler's executor, because only a fiber can wait for what fibers wait for.
template <class Token, class Call>
auto complete_from_fiber(Token&& token, Call&& call)
{
    using call_type = std::decay_t<Call>;
    using signature = typename spawn_signature<std::invoke_result_t<call_type>>::type;
    return boost::asio::async_initiate<Token, signature>(
        [](auto handler, call_type work) {
            const boost::asio::any_io_executor executor =
                boost::asio::get_associated_executor(handler, boost::asio::system_executor());
            weft::spawn(executor, std::move(work), std::move(handler));
        },
        token, call_type(std::forward<Call>(call)));
}

} // namespace detail

/// Waits for the end of a fiber from where there is none: `co_await weft::async_join(std::move(worker),
/// asio::use_awaitable)`. Completes with what has left the fiber's function; the signature is `void(std::exception_ptr)`.
///
/// Cancellation: a signal in the handler's slot cancels the fiber; the operation completes when that has ended. An
/// operation that is never begun, of a lazy token, cancels the fiber and lets it go.
/// Errors: `invalid_argument` if the fiber is not joinable.
template <class Token>
auto async_join(fiber which, Token&& token)
{
    return detail::complete_from_fiber(std::forward<Token>(token), detail::joiner(std::move(which)));
}

/// Waits for a future's result likewise. Completes with it or with its exception; the signature is
/// `void(std::exception_ptr, T)`, or `void(std::exception_ptr)` if there is no value.
///
/// Cancellation: a signal in the handler's slot ends the wait with `operation_aborted`; the future is gone then.
template <class T, class Token>
auto async_get(future<T> result, Token&& token)
{
    return detail::complete_from_fiber(std::forward<Token>(token),
                                       [result = std::move(result)]() mutable { return result.get(); });
}

} // namespace weft

#endif
