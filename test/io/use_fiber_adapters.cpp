// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "io/support_operations.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_allocator.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
using weft::use_fiber;

namespace
{

const error_code refused = asio::error::connection_refused;

/// Counts what is allocated through it.
template <class T>
struct counting_allocator
{
    using value_type = T;

    explicit counting_allocator(int& where) noexcept : count(&where) {}
    template <class U>
    counting_allocator(const counting_allocator<U>& other) noexcept : count(other.count)
    {
    }

    T* allocate(std::size_t number)
    {
        ++*count;
        return std::allocator<T>().allocate(number);
    }
    void deallocate(T* where, std::size_t number) noexcept
    {
        std::allocator<T>().deallocate(where, number);
    }
    template <class U>
    bool operator==(const counting_allocator<U>& other) const noexcept
    {
        return count == other.count;
    }

    int* count;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(use_fiber_adapters, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(as_tuple_keeps_the_error_code)
{
    run_fibers([] {
        const auto token = asio::as_tuple(use_fiber);
        const auto [error, count] = complete_later<void(error_code, int)>(token, refused, 5);
        BOOST_TEST((error == refused));
        BOOST_TEST(count == 5);
        const auto alone = complete_later<void(error_code)>(token, error_code());
        static_assert(std::is_same_v<decltype(alone), const std::tuple<error_code>>);
        BOOST_TEST(!std::get<0>(alone));
    });
}

BOOST_AUTO_TEST_CASE(as_tuple_is_told_of_time_outs)
{
    run_fibers(
        [] {
            const weft::deadline limit(1s);
            asio::steady_timer timer(weft::this_executor(), 1h);
            const auto [error] = timer.async_wait(asio::as_tuple(use_fiber));
            BOOST_TEST((error == asio::error::timed_out), error.message());
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(redirect_error_fills_it)
{
    run_fibers([] {
        error_code error;
        complete_later<void(error_code)>(asio::redirect_error(use_fiber, error), refused);
        BOOST_TEST((error == refused));
        const auto count =
            complete_later<void(error_code, int)>(asio::redirect_error(use_fiber, error), error_code(), 3);
        BOOST_TEST(!error); // an earlier value does not stay
        BOOST_TEST(count == 3);
        auto two = complete_later<void(error_code, std::unique_ptr<int>, int)>(asio::redirect_error(use_fiber, error),
                                                                               refused, std::make_unique<int>(1), 2);
        BOOST_TEST((error == refused));
        BOOST_TEST(*std::get<0>(two) + std::get<1>(two) == 3);
    });
}

BOOST_AUTO_TEST_CASE(redirect_error_is_told_of_time_outs)
{
    run_fibers(
        [] {
            const weft::deadline limit(1s);
            asio::steady_timer timer(weft::this_executor(), 1h);
            error_code error;
            timer.async_wait(asio::redirect_error(use_fiber, error));
            BOOST_TEST((error == asio::error::timed_out), error.message());
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(bind_executor_calls_the_handler_there)
{
    run_fibers([] {
        asio::io_context elsewhere;
        const auto work = asio::make_work_guard(elsewhere);
        std::thread driver([&elsewhere] { elsewhere.run(); });
        const auto before = std::this_thread::get_id();
        auto token = asio::bind_executor(elsewhere.get_executor(), use_fiber);
        BOOST_TEST(complete_later<void(error_code, int)>(token, error_code(), 9) == 9);
        BOOST_TEST((std::this_thread::get_id() == before)); // the fiber itself has not moved
        elsewhere.stop();
        driver.join();
    });
}

BOOST_AUTO_TEST_CASE(bind_cancellation_slot_takes_the_users_slot)
{
    run_fibers([] {
        asio::cancellation_signal signal;
        asio::steady_timer timer(weft::this_executor(), 1h);
        watched_fiber waiting([&] {
            const auto wait = [&] { timer.async_wait(asio::bind_cancellation_slot(signal.slot(), use_fiber)); };
            BOOST_TEST((code_of(wait) == asio::error::operation_aborted));
            BOOST_TEST(!weft::this_fiber::cancellation_requested());
        });
        weft::this_fiber::yield();
        signal.emit(asio::cancellation_type::terminal);
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(bind_allocator_takes_the_users_memory)
{
    run_fibers([] {
        int count = 0;
        asio::steady_timer timer(weft::this_executor(), 1ns);
        timer.async_wait(asio::bind_allocator(counting_allocator<void*>(count), use_fiber));
        BOOST_TEST(count == 1);
        timer.expires_after(1ns);
        timer.async_wait(use_fiber);
        BOOST_TEST(count == 1);
    });
}

BOOST_AUTO_TEST_CASE(deferred_waits_when_it_is_asked_to)
{
    run_fibers([] {
        const auto before = weft::scheduler::current().counters().switches;
        asio::steady_timer timer(weft::this_executor(), 1ns);
        auto later = timer.async_wait(asio::deferred);
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        std::move(later)(use_fiber);
        BOOST_TEST(weft::scheduler::current().counters().switches > before);
    });
}

BOOST_AUTO_TEST_CASE(as_default_on_needs_no_token)
{
    run_fibers([] {
        auto timer = use_fiber.as_default_on(asio::steady_timer(weft::this_executor(), 1ns));
        timer.async_wait();

        using socket = weft::use_fiber_t<>::as_default_on_t<asio::ip::tcp::socket>;
        auto ends = weft::test::make_connection();
        auto& client = ends.client;
        auto& server = ends.server;
        socket mine(std::move(client.next_layer()));
        BOOST_TEST(mine.async_write_some(asio::buffer("abc", 3)) == 3U);
        std::string got(3, '\0');
        BOOST_TEST(server.read_some(asio::buffer(got)) == 3U);
        BOOST_TEST(got == "abc");
    });
}

BOOST_AUTO_TEST_CASE(as_default_on_belongs_to_the_executor_it_was_made_for)
{
    run_fibers([] {
        using timer = weft::use_fiber_t<>::as_default_on_t<asio::steady_timer>;
        timer mine(weft::this_executor(), 1h);
        BOOST_TEST((asio::any_io_executor(mine.get_executor()) == weft::this_executor()));
        watched_fiber waiting(
            [&] { BOOST_TEST((code_of([&] { mine.async_wait(); }) == asio::error::operation_aborted)); });
        weft::this_fiber::yield();
        mine.cancel();
        waiting.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
