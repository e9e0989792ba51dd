// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_IO_SUPPORT_OPERATIONS_HPP
#define WEFT_TEST_IO_SUPPORT_OPERATIONS_HPP

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace weft::test
{

/// An asynchronous operation that completes with these values, through the handler's executor.
template <class Signature, class Token, class... Values>
auto complete_later(Token&& token, Values... values)
{
    return boost::asio::async_initiate<Token, Signature>(
        [](auto handler, auto... results) {
            const auto executor = boost::asio::get_associated_executor(handler);
            boost::asio::post(executor, [handler = std::move(handler), ... results = std::move(results)]() mutable {
                std::move(handler)(std::move(results)...);
            });
        },
        token, std::move(values)...);
}

/// An asynchronous operation that completes before its initiation returns.
template <class Signature, class Token, class... Values>
auto complete_inside(Token&& token, Values... values)
{
    return boost::asio::async_initiate<Token, Signature>(
        [](auto handler, auto... results) { std::move(handler)(std::move(results)...); }, token, std::move(values)...);
}

/// An operation that ends when the test says so, and that keeps count of the requests to cancel it.
template <class... Results>
class held_operation
{
public:
    template <class Token>
    auto async_wait(Token&& token)
    {
        return boost::asio::async_initiate<Token, void(Results...)>(
            [this](auto handler) {
                auto slot = boost::asio::get_associated_cancellation_slot(handler);
                if (slot.is_connected())
                {
                    slot.assign([this](boost::asio::cancellation_type) { ++cancellations; });
                }
                handler_ = std::make_unique<kept<decltype(handler)>>(std::move(handler));
            },
            token);
    }

    bool is_pending() const noexcept
    {
        return handler_ != nullptr;
    }

    /// Calls the handler on the spot.
    void complete(Results... results)
    {
        std::exchange(handler_, nullptr)->call(std::move(results)...);
    }

    /// Destroys the handler without calling it.
    void drop() noexcept
    {
        handler_.reset();
    }

    int cancellations = 0;

private:
    struct any_kept
    {
        virtual ~any_kept() = default;
        virtual void call(Results... results) = 0;
    };

    template <class Handler>
    struct kept final : any_kept
    {
        explicit kept(Handler&& which) : handler(std::move(which)) {}
        void call(Results... results) override
        {
            // The fiber may run, and this operation go, inside of the call.
            auto local = std::move(handler);
            std::move(local)(std::move(results)...);
        }
        Handler handler;
    };

    std::unique_ptr<any_kept> handler_;
};

} // namespace weft::test

#endif
