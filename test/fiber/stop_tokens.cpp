// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/mutex.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

bool sleep_is_aborted()
{
    return error_of([] { this_fiber::sleep_for(1h); }) == aborted;
}

} // namespace

// Cancellation speaks std::stop_token, in both directions.
BOOST_FIXTURE_TEST_SUITE(stop_tokens, virtual_time)

BOOST_AUTO_TEST_CASE(it_shows_in_the_stop_token)
{
    run([this] {
        fiber child([this] {
            const auto token = this_fiber::get_stop_token();
            const std::stop_callback on_stop(token, [this] { note("callback"); });
            note(sleep_is_aborted() ? "aborted" : "?");
            BOOST_TEST(token.stop_requested());
        });
        this_fiber::yield();
        child.cancel();
        child.join();
    });
    BOOST_TEST(line() == "callback aborted");
}

BOOST_AUTO_TEST_CASE(a_token_asked_for_afterwards_has_it_already)
{
    run([] {
        fiber child([] { BOOST_TEST(this_fiber::get_stop_token().stop_requested()); });
        child.cancel();
        child.join();
    });
}

BOOST_AUTO_TEST_CASE(the_stop_source_cancels)
{
    run([this] {
        fiber child([this] { note_time(sleep_is_aborted() ? "aborted" : "?"); });
        auto source = child.stop();
        this_fiber::sleep_for(2ms);
        BOOST_TEST(source.request_stop());
        BOOST_TEST(!source.request_stop());
        child.join();
        fiber own([] {
            const auto token = this_fiber::get_stop_token();
            BOOST_TEST(token.stop_possible());
            BOOST_TEST(!this_fiber::cancellation_requested());
        });
        own.join();
        // Its fiber is gone.
        fiber ended([] {});
        auto late = ended.stop();
        ended.join();
        BOOST_TEST(late.request_stop());
    });
    BOOST_TEST(line() == "aborted@2");
}

BOOST_AUTO_TEST_CASE(stop_callbacks_may_ask_for_the_fiber_whoever_cancels)
{
    run([this] {
        fiber child([this] {
            const std::stop_callback on_stop(this_fiber::get_stop_token(), [this] {
                weft::mutex mutex;
                const std::lock_guard guard(mutex);
                note(this_fiber::get_id() == fiber::id() ? "outside" : "?");
            });
            sleep_is_aborted();
        });
        this_fiber::yield();
        std::thread([&child] { child.cancel(); }).join();
        child.join();
    });
    BOOST_TEST(line() == "outside");
}

BOOST_AUTO_TEST_CASE(stopping_the_source_from_another_thread)
{
    weft::run([this] {
        for (int i = 0; i < 20; ++i)
        {
            fiber child([this] { note(sleep_is_aborted() ? "aborted" : "?"); });
            std::thread other([source = child.stop()]() mutable { source.request_stop(); });
            child.join();
            other.join();
        }
    });
    BOOST_TEST(line().find('?') == std::string::npos);
    BOOST_TEST(line().size() == 20 * 8 - 1U);
}

BOOST_AUTO_TEST_SUITE_END()
