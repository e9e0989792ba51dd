// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_SPAWN_HPP
#define WEFT_FIBER_SPAWN_HPP

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/detail/fiber_body.hpp>
#include <weft/fiber/detail/sleeper.hpp>
#include <weft/fiber/detail/spawn_site.hpp>
#include <weft/fiber/detail/spawned_call.hpp>
#include <weft/fiber/scheduler.hpp>

#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/detached.hpp>

#include <type_traits>
#include <utility>

namespace weft
{

namespace detail
{

inline scheduler scheduler_for(const scheduler& where)
{
    return where;
}
inline scheduler scheduler_for(boost::asio::io_context& io)
{
    return scheduler::of(io);
}
inline scheduler scheduler_for(const solo& where)
{
    return scheduler(where.executor);
}
/// An io_context's executor means its own scheduler; on any other, the fiber gets one of its own.
scheduler scheduler_for(const boost::asio::any_io_executor& executor);

/// Starts it, obeying the stop token if there is one; or discards it and throws.
void start_detached(const scheduler& where, fiber_record& record, const attributes* wanted);

template <class Where, class F, class Token>
auto spawn_at(const void* site, Where&& where, const attributes* wanted, F&& function, Token&& token)
{
    const scheduler target = scheduler_for(std::forward<Where>(where));
    if constexpr (std::is_same_v<std::decay_t<Token>, boost::asio::detached_t>)
    {
        start_detached(target, make_record(target.core(), target.is_current(), site, wanted, std::forward<F>(function)),
                       wanted);
    }
    else
    {
        using function_type = std::decay_t<F>;
        using signature = typename spawn_signature<std::invoke_result_t<function_type>>::type;
        static_assert(std::is_void_v<std::invoke_result_t<function_type>> ||
                          (std::is_default_constructible_v<std::invoke_result_t<function_type>> &&
                           std::is_move_assignable_v<std::invoke_result_t<function_type>>),
                      "as with asio::co_spawn, the result of a spawned function must be default-constructible (the "
                      "handler gets one beside an exception), and it must be movable");
        return boost::asio::async_initiate<Token, signature>(
            // Owned: a lazy token, such as use_awaitable, starts the fiber when the caller's arguments are gone.
            [target, site, own = owned_attributes(wanted)](auto handler, auto call) mutable {
                auto slot = boost::asio::get_associated_cancellation_slot(handler);
                using call_type = spawned_call<decltype(call), decltype(handler)>;
                auto& record = make_record(target.core(), target.is_current(), site, own.get(),
                                           call_type(std::move(call), std::move(handler), target.get_executor()));
                try
                {
                    if (slot.is_connected())
                    {
                        slot.assign([fiber = record_pointer(record)](boost::asio::cancellation_type type) {
                            if (type != boost::asio::cancellation_type::none)
                            {
                                request_cancel(*fiber.get(), cancel_reasons::cancellation_slot);
                            }
                        });
                    }
                    static_cast<fiber_body<call_type>&>(record).function().track_work();
                }
                catch (...)
                {
                    discard_unstarted(record);
                    throw;
                }
                start_detached(target, record, own.get());
            },
            token, function_type(std::forward<F>(function)));
    }
}

} // namespace detail

/// Starts a fiber from anywhere: `where` is an `io_context`, an executor, a `scheduler` or `solo(executor)`.
///
/// The token is any of Asio's, for the signature `void(std::exception_ptr, R)`, or `void(std::exception_ptr)` if the
/// function returns nothing; the handler is posted to its associated executor. With `asio::detached`, the default, an
/// exception that leaves the fiber is logged and `std::terminate` is called: it is never dropped.
///
/// Cancellation: a signal in the handler's cancellation slot cancels the fiber, as `fiber::cancel`.
/// Errors: `std::bad_alloc`, `invalid_argument` for a stack that is too small. Lack of memory for the stack goes to the
/// token.
/// Thread safety: any thread.
template <class Where, class F, class Token = boost::asio::detached_t>
    requires std::is_invocable_v<std::decay_t<F>>
WEFT_SITE_INLINE inline auto spawn(Where&& where, const attributes& wanted, F&& function, Token&& token = Token())
{
    return detail::spawn_at(detail::here(), std::forward<Where>(where), &wanted, std::forward<F>(function),
                            std::forward<Token>(token));
}

template <class Where, class F, class Token = boost::asio::detached_t>
    requires std::is_invocable_v<std::decay_t<F>>
WEFT_SITE_INLINE inline auto spawn(Where&& where, F&& function, Token&& token = Token())
{
    return detail::spawn_at(detail::here(), std::forward<Where>(where), detail::default_attributes,
                            std::forward<F>(function), std::forward<Token>(token));
}

} // namespace weft

#endif
