// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H11: a cancellation that is sent while the completion of the present operation is queued finds nothing to cancel in
// Asio; the next operation then runs for its full time. weft's requests stay with the fiber.

#include "io/support_io.hpp"
#include "io/support_operations.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::use_fiber;

namespace
{

const weft::test::error_code aborted = asio::error::operation_aborted;

} // namespace

BOOST_AUTO_TEST_SUITE(cancel_during_completion)

BOOST_AUTO_TEST_CASE(reaches_the_next_operation)
{
    weft::manual_clock clock;
    run_fibers(
        [&clock] {
            const auto start = clock.now();
            watched_fiber waiting([] {
                complete_later<void()>(use_fiber);
                asio::steady_timer next(weft::this_executor(), 1h);
                BOOST_TEST((code_of([&] { next.async_wait(use_fiber); }) == aborted));
                BOOST_TEST((code_of([] { this_fiber::sleep_for(1h); }) == aborted));
            });
            this_fiber::yield(); // the completion is queued behind this round
            waiting.cancel();
            waiting.join();
            BOOST_TEST((clock.now() == start));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(reaches_the_next_operation_after_the_fiber_was_woken)
{
    weft::manual_clock clock;
    run_fibers(
        [&clock] {
            const auto start = clock.now();
            weft::manual_reset_event event;
            watched_fiber waiting([&] {
                event.wait();
                BOOST_TEST((code_of([] { this_fiber::sleep_for(1h); }) == aborted));
            });
            this_fiber::yield();
            event.set(); // ready, but has not run
            waiting.cancel();
            waiting.join();
            BOOST_TEST((clock.now() == start));
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(by_a_signal_reaches_the_next_operation_too)
{
    asio::io_context io;
    asio::cancellation_signal signal;
    bool next_was_aborted = false;
    bool ended = false;
    weft::spawn(
        io,
        [&] {
            complete_later<void()>(use_fiber);
            asio::steady_timer next(weft::this_executor(), 1h);
            next_was_aborted = code_of([&] { next.async_wait(use_fiber); }) == aborted;
        },
        asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr) { ended = true; }));
    io.run_one(); // the fiber has started its operation
    signal.emit(asio::cancellation_type::terminal);
    weft::test::drain(io);
    BOOST_TEST(next_was_aborted);
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_SUITE_END()
