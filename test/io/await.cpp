// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using asio::use_awaitable;

namespace
{

asio::awaitable<void> wait_for_ever(error_code& left_by)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
    try
    {
        co_await timer.async_wait(use_awaitable);
    }
    catch (const boost::system::system_error& failure)
    {
        left_by = failure.code();
        throw;
    }
}

asio::awaitable<std::unique_ptr<int>> twice(int value)
{
    co_await asio::post(co_await asio::this_coro::executor, use_awaitable);
    co_return std::make_unique<int>(2 * value);
}

asio::awaitable<void> fail()
{
    throw std::runtime_error("failed");
    co_return;
}

/// Runs a coroutine beside the fibers and waits for its end.
template <class Coroutine>
void run_coroutine(Coroutine coroutine)
{
    asio::co_spawn(weft::this_executor(), std::move(coroutine), weft::use_fiber);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(awaiting, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(a_coroutine_from_a_fiber)
{
    run_fibers([] {
        BOOST_TEST(*weft::await(twice(21)) == 42);
        BOOST_CHECK_THROW(weft::await(fail()), std::runtime_error);
        const auto here = weft::await(
            []() -> asio::awaitable<asio::any_io_executor> { co_return co_await asio::this_coro::executor; }());
        BOOST_TEST((here == weft::this_executor()));
    });
    BOOST_TEST((code_of([] { weft::await(twice(1)); }) == boost::system::errc::operation_not_permitted));
}

BOOST_AUTO_TEST_CASE(a_coroutine_on_a_socket_of_the_fibers)
{
    run_fibers([] {
        auto ends = weft::test::make_connection();
        watched_fiber writer([&] { ends.server.write(asio::buffer("from a fiber", 12)); });
        const auto got = weft::await([](asio::ip::tcp::socket& from) -> asio::awaitable<std::string> {
            std::string text(12, '\0');
            co_await asio::async_read(from, asio::buffer(text), use_awaitable);
            co_return text;
        }(ends.client.next_layer()));
        BOOST_TEST(got == "from a fiber");
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(cancellation_reaches_the_coroutine)
{
    run_fibers([] {
        error_code inside;
        watched_fiber waiting([&] {
            BOOST_TEST((code_of([&] { weft::await(wait_for_ever(inside)); }) == asio::error::operation_aborted));
        });
        this_fiber::yield();
        this_fiber::yield();
        waiting.cancel();
        waiting.join();
        BOOST_TEST((inside == asio::error::operation_aborted));
    });
}

BOOST_AUTO_TEST_CASE(a_coroutine_may_finish_in_spite_of_that)
{
    run_fibers([] {
        watched_fiber waiting([] {
            const auto result = weft::await([]() -> asio::awaitable<int> {
                asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
                error_code error;
                co_await timer.async_wait(asio::redirect_error(use_awaitable, error));
                co_return error ? 7 : 0;
            }());
            BOOST_TEST(result == 7);
            BOOST_TEST(this_fiber::cancellation_requested());
        });
        this_fiber::yield();
        waiting.cancel();
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(deadlines_reach_the_coroutine)
{
    run_fibers(
        [] {
            error_code inside;
            const weft::deadline limit(1s);
            BOOST_TEST((code_of([&] { weft::await(wait_for_ever(inside)); }) == asio::error::timed_out));
            BOOST_TEST((inside == asio::error::operation_aborted)); // nobody has told it why
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(other_failures_stay_as_they_are_when_the_time_is_over)
{
    run_fibers(
        [] {
            const weft::deadline limit(1s);
            BOOST_CHECK_THROW(weft::await([]() -> asio::awaitable<void> {
                                  error_code inside;
                                  try
                                  {
                                      co_await wait_for_ever(inside);
                                  }
                                  catch (const boost::system::system_error&)
                                  {
                                  }
                                  throw std::runtime_error("late");
                              }()),
                              std::runtime_error);
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(a_fiber_from_a_coroutine)
{
    run_fibers([] {
        run_coroutine([]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            const auto sum = co_await weft::spawn(
                executor,
                [] {
                    this_fiber::yield();
                    return 5;
                },
                use_awaitable);
            BOOST_TEST(sum == 5);
        }());
    });
}

BOOST_AUTO_TEST_CASE(joining_a_fiber_from_a_coroutine)
{
    run_fibers([] {
        bool ended = false;
        weft::fiber good([&] {
            this_fiber::yield();
            ended = true;
        });
        weft::fiber bad([] { throw std::runtime_error("failed"); });
        run_coroutine([](weft::fiber one, weft::fiber two, bool& flag) -> asio::awaitable<void> {
            co_await weft::async_join(std::move(one), use_awaitable);
            BOOST_TEST(flag);
            BOOST_CHECK_THROW(co_await weft::async_join(std::move(two), use_awaitable), std::runtime_error);
            BOOST_CHECK_THROW(co_await weft::async_join(weft::fiber(), use_awaitable), boost::system::system_error);
        }(std::move(good), std::move(bad), ended));
    });
}

BOOST_AUTO_TEST_CASE(a_signal_cancels_the_fiber_that_is_joined)
{
    run_fibers([] {
        error_code left_by;
        bool completed = false;
        asio::cancellation_signal signal;
        weft::fiber sleeping([&] { left_by = code_of([] { this_fiber::sleep_for(1h); }); });
        weft::async_join(std::move(sleeping),
                         asio::bind_executor(weft::this_executor(),
                                             asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr error) {
                                                 BOOST_TEST(!error);
                                                 completed = true;
                                             })));
        this_fiber::yield();
        signal.emit(asio::cancellation_type::terminal);
        while (!completed)
        {
            asio::post(weft::this_executor(), weft::use_fiber);
        }
        BOOST_TEST((left_by == asio::error::operation_aborted));
    });
}

BOOST_AUTO_TEST_CASE(a_join_that_is_never_begun_lets_the_fiber_go)
{
    run_fibers([] {
        error_code left_by;
        {
            weft::fiber sleeping([&] { left_by = code_of([] { this_fiber::sleep_for(1h); }); });
            this_fiber::yield();
            [[maybe_unused]] const auto never = weft::async_join(std::move(sleeping), asio::deferred);
        }
        this_fiber::yield();
        BOOST_TEST((left_by == asio::error::operation_aborted));
    });
}

BOOST_AUTO_TEST_CASE(a_future_from_a_coroutine)
{
    run_fibers([] {
        weft::promise<std::string> given;
        weft::promise<void> failed;
        auto text = given.get_future();
        auto nothing = failed.get_future();
        watched_fiber giver([&] {
            this_fiber::yield();
            given.set_value("given");
            failed.set_exception(std::make_exception_ptr(std::runtime_error("failed")));
        });
        run_coroutine([](weft::future<std::string> one, weft::future<void> two) -> asio::awaitable<void> {
            BOOST_TEST(co_await weft::async_get(std::move(one), use_awaitable) == "given");
            BOOST_CHECK_THROW(co_await weft::async_get(std::move(two), use_awaitable), std::runtime_error);
        }(std::move(text), std::move(nothing)));
        giver.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
