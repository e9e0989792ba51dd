// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_SELECT_OPERATION_HPP
#define WEFT_IO_SELECT_OPERATION_HPP

#include <weft/fiber/waker.hpp>
#include <weft/io/detail/completion.hpp>
#include <weft/io/detail/pending_operation.hpp>
#include <weft/sync/detail/select_core.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weft
{

namespace detail
{

/// What an operation that was to be cancelled and has finished all the same leaves behind.
enum class late_result
{
    counts,  ///< bytes, a connection: to be had only once
    expires, ///< readiness: to be asked for again
};

/// An operation of Asio as a case of `select`: begun when the select has to wait.
template <class Body, late_result Late, class Initiation, class InitArgs, class... Args>
class operation_case final : public select_case, public pending_operation
{
public:
    template <class I, class... A>
    operation_case(Body body, I&& initiation, A&&... args)
        : pending_operation(require_fiber("weft::as_case")),
          initiation_(std::forward<I>(initiation)),
          args_(std::forward<A>(args)...),
          body_(std::move(body))
    {
    }

    attempt try_take() override
    {
        return begun_ && is_over() ? attempt::taken : attempt::blocked;
    }

    void start() override
    {
        if (begun_)
        {
            return;
        }
        begun_ = true;
        std::apply(
            [this]<class... A>(A&... args) {
                std::move(initiation_)(operation_handler<operation_case>(*this), std::move(args)...);
            },
            args_);
    }

    bool enlist(waiter& me, wait_ticket ticket) noexcept override
    {
        entry_.emplace(me);
        return put_in(*entry_, ticket);
    }

    bool withdraw() noexcept override
    {
        take_out(*entry_);
        return entry_->claimed;
    }

    bool finish() noexcept override
    {
        if (!begun_)
        {
            return false;
        }
        cancel_and_wait();
        return Late == late_result::counts && results_.have_succeeded();
    }

    /// By the handler.
    template <class... Results>
    void complete(Results&&... results)
    {
        results_.keep(std::forward<Results>(results)...);
        end_with_result();
    }

    void run()
    {
        std::apply(std::move(body_), std::move(results_.get([](const boost::system::error_code&) {})));
    }

private:
    bool begun_ = false;
    Initiation initiation_;
    InitArgs args_;
    std::optional<wait_entry> entry_;
    operation_results<Args...> results_;
    [[no_unique_address]] Body body_;
};

template <class Body, late_result Late = late_result::counts>
struct as_case_t
{
    Body body;
};

template <class Body, class Object>
auto on_readiness(Object& object, boost::asio::socket_base::wait_type what, Body body)
{
    using token = as_case_t<Body, late_result::expires>;
    if constexpr (requires { object.lowest_layer(); })
    {
        using lowest = std::remove_reference_t<decltype(object.lowest_layer())>;
        return object.lowest_layer().async_wait(static_cast<typename lowest::wait_type>(what), token{std::move(body)});
    }
    else
    {
        return object.async_wait(static_cast<typename Object::wait_type>(what), token{std::move(body)});
    }
}

} // namespace detail

/// A completion token that makes a case of `select` of any asynchronous operation; `body` gets what a handler would:
///
///     weft::select(socket.async_read_some(buffer, weft::as_case([&](error_code error, std::size_t bytes) { … })),
///                  weft::after(2s, [] { … }));
///
/// The operation begins when the select has to wait: not with `otherwise`, and not if another case is ready at once. If
/// another case wins, the operation is cancelled through its slot, and the select waits until it has finished. If it has
/// succeeded all the same, its body runs too; see `select`. Buffers must live until the select is over.
///
/// Errors: making the case throws `operation_not_permitted` outside of fibers; `operation_aborted` to the body when the
/// handler is destroyed without being called.
template <class Body>
auto as_case(Body body)
{
    return detail::as_case_t<Body>{std::move(body)};
}

/// There is something to read, or a connection to accept: for sockets, acceptors and descriptors, of weft and of Asio.
/// `body(error_code)`; nothing is read.
template <class Object, class Body>
auto on_readable(Object& object, Body body)
{
    return detail::on_readiness(object, boost::asio::socket_base::wait_read, std::move(body));
}

/// There is room to write, or a connection has been made. Otherwise as `on_readable`.
template <class Object, class Body>
auto on_writable(Object& object, Body body)
{
    return detail::on_readiness(object, boost::asio::socket_base::wait_write, std::move(body));
}

} // namespace weft

template <class Body, weft::detail::late_result Late, class Result, class... Args>
class boost::asio::async_result<weft::detail::as_case_t<Body, Late>, Result(Args...)>
{
public:
    template <class Initiation, class Token, class... InitArgs>
    static auto initiate(Initiation&& initiation, Token&& token, InitArgs&&... args)
    {
        return weft::detail::operation_case<Body, Late, std::decay_t<Initiation>, std::tuple<std::decay_t<InitArgs>...>,
                                            std::decay_t<Args>...>(
            std::forward<Token>(token).body, std::forward<Initiation>(initiation), std::forward<InitArgs>(args)...);
    }
};

#endif
