// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "io/support_operations.hpp"
#include "support/allocation_counter.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
using weft::use_fiber;

namespace
{

const error_code refused = asio::error::connection_refused;
const error_code aborted = asio::error::operation_aborted;

std::uint64_t switches()
{
    return weft::scheduler::current().counters().switches;
}

template <class Signature, class Initiation>
auto start(Initiation initiation)
{
    return asio::async_initiate<decltype(use_fiber), Signature>(std::move(initiation), use_fiber);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(use_fiber_completion, weft::test::clean_descriptors)

BOOST_AUTO_TEST_CASE(inside_the_initiation_does_not_switch)
{
    run_fibers([] {
        const auto before = switches();
        BOOST_TEST(complete_inside<void(int)>(use_fiber, 1) == 1);
        complete_inside<void(error_code)>(use_fiber, error_code());
        BOOST_TEST((code_of([] { complete_inside<void(error_code)>(use_fiber, refused); }) == refused));
        BOOST_TEST(switches() == before);
    });
}

BOOST_AUTO_TEST_CASE(inside_the_initiation_does_not_let_others_run)
{
    run_fibers([] {
        bool other_ran = false;
        weft::fiber other([&] { other_ran = true; });
        complete_inside<void()>(use_fiber);
        BOOST_TEST(!other_ran);
        complete_later<void()>(use_fiber);
        BOOST_TEST(other_ran);
        other.join();
    });
}

BOOST_AUTO_TEST_CASE(by_another_fiber_resumes_in_turn)
{
    run_fibers([] {
        weft::test::sequence steps;
        held_operation<error_code, int> operation;
        watched_fiber waiting([&] { steps.push_back(std::to_string(operation.async_wait(use_fiber))); });
        weft::this_fiber::yield();
        operation.complete({}, 5);
        steps.emplace_back("completed"); // a handler does not run the fiber inside of another one
        waiting.join();
        BOOST_TEST((steps == weft::test::sequence{"completed", "5"}));
    });
}

BOOST_AUTO_TEST_CASE(by_another_thread_resumes_on_the_fibers_own)
{
    run_fibers([] {
        const auto mine = std::this_thread::get_id();
        for (int i = 0; i < 100; ++i)
        {
            std::optional<std::thread> other;
            const auto result = start<void(error_code, int)>([&](auto handler) {
                other.emplace([handler = std::move(handler), i]() mutable { std::move(handler)(error_code(), i); });
            });
            other->join();
            BOOST_TEST(result == i);
            BOOST_TEST((std::this_thread::get_id() == mine));
        }
    });
}

BOOST_AUTO_TEST_CASE(by_a_foreign_io_context)
{
    run_fibers([] {
        asio::io_context elsewhere;
        const auto work = asio::make_work_guard(elsewhere);
        std::thread driver([&elsewhere] { elsewhere.run(); });
        const auto mine = std::this_thread::get_id();
        asio::steady_timer timer(elsewhere);
        for (int i = 0; i < 20; ++i)
        {
            timer.expires_after(1ns);
            timer.async_wait(use_fiber);
            BOOST_TEST((std::this_thread::get_id() == mine));
            asio::post(elsewhere, use_fiber);
        }
        elsewhere.stop();
        driver.join();
    });
}

BOOST_AUTO_TEST_CASE(by_a_foreign_io_context_driven_by_the_fiber_itself)
{
    run_fibers([] {
        asio::io_context elsewhere;
        held_operation<error_code> operation;
        asio::post(elsewhere, [&] { operation.complete({}); });
        watched_fiber waiting([&] { operation.async_wait(use_fiber); });
        weft::this_fiber::yield();
        BOOST_TEST(elsewhere.run() == 1U);
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(never_because_the_initiation_throws)
{
    run_fibers([] {
        const auto throwing = [](auto&&) { throw std::length_error("no"); };
        BOOST_CHECK_THROW(start<void(error_code)>(throwing), std::length_error);
        const auto keeping = [kept = std::optional<std::string>()](auto handler) mutable {
            const auto local = std::move(handler);
            throw std::length_error("after it was taken");
        };
        BOOST_CHECK_THROW(start<void(int)>(keeping), std::length_error);
        // The wait that was given up leaves nothing behind.
        BOOST_TEST(complete_later<void(int)>(use_fiber, 4) == 4);
        weft::this_fiber::sleep_for(1ns);
    });
}

BOOST_AUTO_TEST_CASE(with_a_throw_after_the_handler_was_called)
{
    run_fibers([] {
        const auto both = [](auto handler) {
            std::move(handler)(error_code());
            throw std::length_error("too late");
        };
        BOOST_CHECK_THROW(start<void(error_code)>(both), std::length_error);
        BOOST_TEST(complete_later<void(int)>(use_fiber, 4) == 4);
    });
}

BOOST_AUTO_TEST_CASE(by_destroying_the_handler_inside_the_initiation)
{
    run_fibers([] {
        const auto dropping = [](auto handler) { [[maybe_unused]] const auto local = std::move(handler); };
        BOOST_TEST((code_of([&] { start<void(error_code)>(dropping); }) == aborted));
        BOOST_TEST((code_of([&] { start<void(int)>(dropping); }) == aborted));
        BOOST_TEST((code_of([&] { start<void(std::exception_ptr)>(dropping); }) == aborted));
        error_code error;
        auto token = asio::redirect_error(use_fiber, error);
        const auto number = asio::async_initiate<decltype(token), void(error_code, int)>(dropping, token);
        BOOST_TEST((error == aborted));
        BOOST_TEST(number == 0);
    });
}

BOOST_AUTO_TEST_CASE(by_destroying_the_handler_later)
{
    run_fibers([] {
        held_operation<error_code> operation;
        watched_fiber waiting([&] { BOOST_TEST((code_of([&] { operation.async_wait(use_fiber); }) == aborted)); });
        weft::this_fiber::yield();
        operation.drop();
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(by_destroying_the_handler_on_another_thread)
{
    run_fibers([] {
        std::optional<std::thread> other;
        const auto dropping = [&](auto handler) {
            other.emplace([handler = std::move(handler)]() mutable { const auto local = std::move(handler); });
        };
        BOOST_TEST((code_of([&] { start<void(error_code)>(dropping); }) == aborted));
        other->join();
    });
}

BOOST_AUTO_TEST_CASE(by_destroying_the_context_that_held_the_handler)
{
    run_fibers([] {
        std::optional<asio::io_context> elsewhere;
        elsewhere.emplace();
        weft::fiber posted([&] {
            const auto wait = [&] {
                asio::post(elsewhere->get_executor(), asio::bind_executor(elsewhere->get_executor(), use_fiber));
            };
            BOOST_TEST((code_of(wait) == aborted));
        });
        weft::this_fiber::yield();
        elsewhere.reset();
        posted.join();
    });
}

BOOST_AUTO_TEST_CASE(of_timers_in_steady_state_allocates_nothing)
{
    run_fibers([] {
        asio::steady_timer timer(weft::this_executor());
        const auto rounds = [&](int count) {
            for (int i = 0; i < count; ++i)
            {
                timer.expires_after(1ns);
                timer.async_wait(use_fiber);
                asio::post(weft::this_executor(), use_fiber);
            }
        };
        rounds(100);
        const auto before = weft::test::allocation_count();
        rounds(1000);
        BOOST_TEST(weft::test::allocation_count() == before);
    });
}

BOOST_AUTO_TEST_SUITE_END()
