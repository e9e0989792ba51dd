// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_FIBER_DETAIL_SPAWNED_CALL_HPP
#define WEFT_FIBER_DETAIL_SPAWNED_CALL_HPP

#include <weft/fiber/attributes.hpp>
#include <weft/fiber/detail/sleeper.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace weft::detail
{

/// For a fiber that is made when the caller's arguments are gone.
class owned_attributes
{
public:
    explicit owned_attributes(const attributes* wanted)
    {
        if (wanted != nullptr)
        {
            wanted_ = *wanted;
            name_ = wanted->name;
        }
    }

    /// Null if there were none.
    const attributes* get() noexcept
    {
        if (!wanted_)
        {
            return nullptr;
        }
        wanted_->name = name_;
        return &*wanted_;
    }

private:
    std::optional<attributes> wanted_;
    std::string name_;
};

template <class Result>
struct spawn_signature
{
    using type = void(std::exception_ptr, Result);
};
template <>
struct spawn_signature<void>
{
    using type = void(std::exception_ptr);
};

template <class Handler, class... Results>
void complete(Handler& handler, const boost::asio::any_io_executor& fallback, Results... results)
{
    const auto executor = boost::asio::get_associated_executor(handler, fallback);
    boost::asio::get_associated_cancellation_slot(handler).clear();
    boost::asio::post(executor, [handler = std::move(handler), ... results = std::move(results)]() mutable {
        std::move(handler)(std::move(results)...);
    });
}

template <class Result>
struct tuple_of
{
    using type = std::tuple<Result>;
};

/// The body of a fiber that reports to a completion handler.
template <class F, class Handler>
struct spawned_call
{
    using result = std::invoke_result_t<F>;
    using values =
        typename std::conditional_t<std::is_void_v<result>, std::type_identity<std::tuple<>>, tuple_of<result>>::type;

    F function;
    Handler handler;
    boost::asio::any_io_executor executor;
    std::optional<
        boost::asio::executor_work_guard<boost::asio::associated_executor_t<Handler, boost::asio::any_io_executor>>>
        work;

    spawned_call(F&& f, Handler&& h, boost::asio::any_io_executor ex)
        : function(std::move(f)), handler(std::move(h)), executor(std::move(ex))
    {
    }

    /// Not before everything that can fail is done: an io_context stops when its last work ends, also that of a spawn
    /// that has thrown, and would not run what is spawned after it.
    void track_work()
    {
        work.emplace(boost::asio::get_associated_executor(handler, executor));
    }

    /// The fiber cannot start.
    void fail(std::exception_ptr why)
    {
        values none;
        finish(std::move(why), none);
    }

    void operator()() &&
    {
        std::exception_ptr error;
        values value;
        try
        {
            if constexpr (std::is_void_v<result>)
            {
                std::move(function)();
            }
            else
            {
                std::get<0>(value) = std::move(function)();
            }
        }
        catch (const tear_down_unwind&)
        {
            throw;
        }
        catch (...)
        {
            error = std::current_exception();
        }
        finish(std::move(error), value);
    }

private:
    void finish(std::exception_ptr error, values& value)
    {
        std::apply([&](auto&... one) { complete(handler, executor, std::move(error), std::move(one)...); }, value);
    }
};

} // namespace weft::detail

#endif
