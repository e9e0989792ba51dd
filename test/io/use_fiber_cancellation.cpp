// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "io/support_operations.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::use_fiber;

namespace
{

const error_code aborted = asio::error::operation_aborted;
const error_code timed_out = asio::error::timed_out;

error_code wait_for_ever()
{
    asio::steady_timer timer(weft::this_executor(), 1h);
    return code_of([&] { timer.async_wait(use_fiber); });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(use_fiber_cancellation, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(of_a_pending_operation_aborts_it)
{
    run_fibers([] {
        watched_fiber waiting([] { BOOST_TEST((wait_for_ever() == aborted)); });
        this_fiber::yield();
        waiting.cancel();
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(of_a_pending_operation_by_another_thread)
{
    run_fibers([] {
        watched_fiber waiting([] { BOOST_TEST((wait_for_ever() == aborted)); });
        this_fiber::yield();
        std::thread([&] { waiting.cancel(); }).join();
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(before_an_operation_keeps_it_from_starting)
{
    run_fibers([] {
        watched_fiber waiting([] {
            held_operation<error_code> operation;
            BOOST_TEST((code_of([&] { operation.async_wait(use_fiber); }) == aborted));
            BOOST_TEST(!operation.is_pending());
            error_code error;
            operation.async_wait(asio::redirect_error(use_fiber, error));
            BOOST_TEST((error == aborted));
            BOOST_TEST((code_of([] { complete_inside<void(int)>(use_fiber, 1); }) == aborted));
        });
        waiting.cancel();
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(reaches_the_slot_once_and_waits_for_the_end)
{
    run_fibers(
        [] {
            held_operation<error_code> operation;
            bool ended = false;
            watched_fiber waiting([&] {
                BOOST_TEST((code_of([&] { operation.async_wait(use_fiber); }) == aborted));
                ended = true;
            });
            this_fiber::yield();
            waiting.cancel();
            waiting.cancel();
            this_fiber::sleep_for(1s);
            BOOST_TEST(operation.cancellations == 1);
            BOOST_TEST(!ended); // its frame holds memory of the operation
            operation.complete(aborted);
            waiting.join();
            BOOST_TEST(ended);
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(does_not_lose_the_result_of_an_operation_that_succeeds)
{
    run_fibers([] {
        held_operation<error_code, std::string> operation;
        watched_fiber waiting([&] {
            BOOST_TEST(operation.async_wait(use_fiber) == "all the same");
            BOOST_TEST((wait_for_ever() == aborted)); // the request is not lost either
        });
        this_fiber::yield();
        waiting.cancel();
        this_fiber::yield();
        operation.complete({}, "all the same");
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(while_the_completion_is_queued_does_not_lose_the_result)
{
    run_fibers([] {
        watched_fiber waiting([] {
            BOOST_TEST(complete_later<void(int)>(use_fiber, 3) == 3);
            BOOST_TEST((wait_for_ever() == aborted));
        });
        this_fiber::yield();
        waiting.cancel();
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(inside_of_which_the_operation_completes)
{
    run_fibers([] {
        // Its slot's function calls the handler before emit() returns.
        const auto operation = [] {
            asio::async_initiate<decltype(use_fiber), void(error_code)>(
                [](auto handler) {
                    auto slot = asio::get_associated_cancellation_slot(handler);
                    auto kept = std::make_shared<decltype(handler)>(std::move(handler));
                    slot.assign([kept](asio::cancellation_type) { (*kept)(aborted); });
                },
                use_fiber);
        };
        watched_fiber waiting([&] { BOOST_TEST((code_of(operation) == aborted)); });
        this_fiber::yield();
        waiting.cancel();
        waiting.join();
        const weft::deadline over(0s);
        BOOST_TEST((code_of(operation) == timed_out));
    });
}

BOOST_AUTO_TEST_CASE(of_an_operation_whose_handler_is_destroyed)
{
    run_fibers([] {
        held_operation<error_code> operation;
        watched_fiber waiting([&] { BOOST_TEST((code_of([&] { operation.async_wait(use_fiber); }) == aborted)); });
        this_fiber::yield();
        waiting.cancel();
        this_fiber::yield();
        operation.drop();
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(is_held_off_by_a_blocker)
{
    run_fibers([] {
        held_operation<error_code, int> operation;
        watched_fiber waiting([&] {
            {
                const weft::cancellation_blocker last_message;
                BOOST_TEST(operation.async_wait(use_fiber) == 6);
                BOOST_TEST(complete_later<void(int)>(use_fiber, 7) == 7); // starts although it was asked to end
            }
            BOOST_TEST((wait_for_ever() == aborted));
        });
        this_fiber::yield();
        waiting.cancel();
        this_fiber::yield();
        BOOST_TEST(operation.cancellations == 0);
        operation.complete({}, 6);
        waiting.join();
    });
}

BOOST_AUTO_TEST_CASE(by_a_deadline_says_timed_out)
{
    run_fibers(
        [this] {
            const auto start = clock.now();
            const weft::deadline limit(2s);
            BOOST_TEST((wait_for_ever() == timed_out));
            BOOST_TEST((clock.now() - start == 2s));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(by_a_deadline_does_not_lose_the_result)
{
    run_fibers(
        [this] {
            held_operation<error_code, int> operation;
            watched_fiber waiting([&] {
                const weft::deadline limit(1s);
                BOOST_TEST(operation.async_wait(use_fiber) == 8);
            });
            this_fiber::yield();
            standing.advance(1s);
            this_fiber::yield();
            BOOST_TEST(operation.cancellations == 1);
            operation.complete({}, 8);
            waiting.join();
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(by_a_deadline_leaves_other_errors_as_they_are)
{
    run_fibers(
        [this] {
            held_operation<error_code> operation;
            watched_fiber waiting([&] {
                const weft::deadline limit(1s);
                const error_code reset = asio::error::connection_reset;
                BOOST_TEST((code_of([&] { operation.async_wait(use_fiber); }) == reset));
            });
            this_fiber::yield();
            standing.advance(1s);
            this_fiber::yield();
            operation.complete(asio::error::connection_reset);
            waiting.join();
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(by_a_deadline_that_is_over_already)
{
    run_fibers(
        [] {
            const weft::deadline over(0s);
            BOOST_TEST((wait_for_ever() == timed_out));
            // What completes at once, or has succeeded by the time it is cancelled, is a result all the same.
            BOOST_TEST(complete_inside<void(int)>(use_fiber, 1) == 1);
            BOOST_TEST(complete_later<void(int)>(use_fiber, 2) == 2);
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(by_a_deadline_inside_a_blocker)
{
    run_fibers(
        [] {
            watched_fiber waiting([] {
                const weft::cancellation_blocker last_message;
                const weft::deadline but_not_for_ever(1s);
                BOOST_TEST((wait_for_ever() == timed_out));
            });
            waiting.cancel();
            waiting.join();
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(by_the_nearest_of_several_deadlines)
{
    run_fibers(
        [this] {
            const auto start = clock.now();
            const weft::deadline outer(3s);
            {
                const weft::deadline inner(1s);
                BOOST_TEST((wait_for_ever() == timed_out));
                BOOST_TEST((clock.now() - start == 1s));
            }
            {
                const weft::deadline longer_than_allowed(1h);
                BOOST_TEST((wait_for_ever() == timed_out));
                BOOST_TEST((clock.now() - start == 3s));
            }
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(and_a_deadline_together_report_what_came_first)
{
    run_fibers(
        [this] {
            held_operation<error_code> operation;
            error_code error;
            watched_fiber waiting([&] {
                const weft::deadline limit(1s);
                operation.async_wait(asio::redirect_error(use_fiber, error));
            });
            this_fiber::yield();
            waiting.cancel();
            this_fiber::yield();
            standing.advance(2s);
            this_fiber::yield();
            operation.complete(aborted);
            waiting.join();
            BOOST_TEST((error == aborted));
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(of_composed_operations_reports_what_was_transferred)
{
    run_fibers(
        [this] {
            auto ends = weft::test::make_connection();
            auto& client = ends.client;
            auto& server = ends.server;
            server.write(asio::buffer("half", 4));
            client.wait(weft::tcp::socket::next_layer_type::wait_read);
            std::string got(8, '\0');
            std::size_t count = 0;
            error_code error;
            watched_fiber waiting([&] {
                const weft::deadline limit(1s);
                count =
                    asio::async_read(client.next_layer(), asio::buffer(got), asio::redirect_error(use_fiber, error));
            });
            asio::post(weft::this_executor(), use_fiber); // what is there is read by then
            this_fiber::yield();
            standing.advance(1s);
            waiting.join();
            BOOST_TEST((error == timed_out), error.message());
            BOOST_TEST(count == 4U);
        },
        &standing);
}

BOOST_AUTO_TEST_SUITE_END()
