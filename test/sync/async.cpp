// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/async.hpp>

#include "future_kinds.hpp"
#include "support/allocation_counter.hpp"
#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::async;
using weft::future_status;
using weft::launch;

BOOST_FIXTURE_TEST_SUITE(async_calls, virtual_time)

// P6: join with a return value.
WEFT_DRIVEN_TEST_CASE(P6_the_result_of_a_fiber)
{
    std::string result;
    drive(driver, clock, [&result] {
        auto slow = async([] {
            this_fiber::sleep_for(1ms);
            return std::make_unique<int>(1);
        });
        auto sum = async([](int a, const std::string& b) { return std::to_string(a) + b; }, 2, "b");
        result = sum.get() + std::to_string(*slow.get());
    });
    BOOST_TEST(result == "2b1");
}

BOOST_AUTO_TEST_CASE(policies)
{
    run([this] {
        auto posted = async(launch::post, [this] { note("posted"); });
        auto dispatched = async(launch::dispatch, [this] { note("dispatched"); });
        auto deferred = async(launch::deferred, [this] { note("deferred"); });
        BOOST_TEST(!posted.is_ready());
        BOOST_TEST(dispatched.is_ready());
        BOOST_TEST(!deferred.is_ready());
        BOOST_TEST((posted.wait_for(0s) == future_status::timeout));
        BOOST_TEST((deferred.wait_for(1h) == future_status::deferred));
        BOOST_TEST((deferred.wait_until(clock.now()) == future_status::deferred));
        note("get");
        posted.get();
        deferred.get();
        note("end");
    });
    BOOST_TEST(line() == "dispatched get posted deferred end");
}

BOOST_AUTO_TEST_CASE(attributes_and_references)
{
    run([] {
        int number = 1;
        auto name = async(weft::attributes{.name = "worker"}, [] { return std::string(this_fiber::name()); });
        auto other = async(launch::dispatch, {.name = "other"}, [] { return std::string(this_fiber::name()); });
        auto reference = async([](int& n) -> int& { return n; }, std::ref(number));
        BOOST_TEST(name.get() == "worker");
        BOOST_TEST(other.get() == "other");
        BOOST_TEST(&reference.get() == &number);
        std::stop_source source;
        auto stopped = async(weft::attributes{.stop = source.get_token()}, [] { this_fiber::sleep_for(1h); });
        this_fiber::yield();
        source.request_stop();
        BOOST_TEST(error_of([&] { stopped.get(); }) == aborted);
    });
}

BOOST_AUTO_TEST_CASE(exceptions_go_to_the_future)
{
    run([] {
        auto failed = async([]() -> int { throw std::out_of_range("x"); });
        auto share = failed.share();
        BOOST_CHECK_THROW(share.get(), std::out_of_range);
        BOOST_CHECK_THROW(share.get(), std::out_of_range);
        // Nobody asks: nothing happens.
        static_cast<void>(async(launch::dispatch, [] { throw 1; }));
        auto late = async(launch::deferred, []() -> int { throw std::out_of_range("x"); });
        late.wait();
        BOOST_CHECK_THROW(late.get(), std::out_of_range);
    });
}

BOOST_AUTO_TEST_CASE(the_future_does_not_wait_at_its_end)
{
    run([this] {
        {
            auto left = async([this] {
                this_fiber::sleep_for(1ms);
                note_time("done");
                return std::make_unique<witness>(*this, "result");
            });
        }
        note_time("left");
        this_fiber::sleep_for(2ms);
    });
    BOOST_TEST(line() == "left@0 done@1 ~result");
}

BOOST_AUTO_TEST_CASE(a_deferred_function_runs_in_whoever_waits_first)
{
    run([this] {
        const auto shared = async(launch::deferred, [this] {
                                note("runs");
                                this_fiber::sleep_for(1ms);
                                return this_fiber::get_id();
                            }).share();
        weft::fiber first([&] { BOOST_TEST((shared.get() == this_fiber::get_id())); });
        weft::fiber second([&] {
            BOOST_TEST((shared.get() == first.get_id()));
            note_time("second");
        });
        const auto id = first.get_id();
        second.join();
        first.join();
        BOOST_TEST((shared.get() == id));
    });
    BOOST_TEST(line() == "runs second@1");
    // Outside of fibers too, and one that nobody asks for does not run.
    BOOST_TEST(async(launch::deferred, [](int n) { return n; }, 7).get() == 7);
    auto never = async(launch::deferred, [this] { note("never"); });
    BOOST_TEST(line() == "runs second@1");
}

BOOST_AUTO_TEST_CASE(its_result_for_a_plain_thread)
{
    weft::future<std::thread::id> where;
    weft::promise<void> made;
    std::thread fibers([&] {
        weft::run([&] {
            where = async([] {
                this_fiber::sleep_for(1us);
                return std::this_thread::get_id();
            });
            made.set_value();
        });
    });
    const auto expected = fibers.get_id();
    made.get_future().get();
    BOOST_TEST((where.get() == expected));
    fibers.join();
}

BOOST_AUTO_TEST_CASE(refusals)
{
    BOOST_TEST(error_of([] { static_cast<void>(async([] {})); }) == errc::operation_not_permitted);
    run([] {
        BOOST_TEST(error_of([] { static_cast<void>(async(weft::attributes{.stack_size = 1}, [] {})); }) ==
                   errc::invalid_argument);
    });
}

BOOST_AUTO_TEST_CASE(a_fiber_that_is_torn_down_breaks_nothing)
{
    weft::future<void> result;
    {
        boost::asio::io_context io;
        weft::spawn(io, [&result] { result = async([] { this_fiber::sleep_for(1h); }); });
        io.poll();
    }
    BOOST_TEST(error_of([&] { result.get(); }) == aborted);
}

// One for the state; the fibers' records are recycled.
BOOST_AUTO_TEST_CASE(one_allocation_each)
{
    run([] {
        const auto once = [] { BOOST_TEST(async([] { return 1; }).get() == 1); };
        for (int i = 0; i < 4; ++i)
        {
            once();
        }
        const auto before = allocation_count();
        once();
        once();
        BOOST_TEST(allocation_count() - before == 2U);
    });
}

// Whatever allocation fails, nothing leaks, and the call throws or works.
BOOST_AUTO_TEST_CASE(any_allocation_may_fail)
{
    if (!allocations_can_fail())
    {
        return;
    }
    run([] {
        bool went_through = false;
        for (std::uint64_t n = 1; !went_through; ++n)
        {
            const auto before = outstanding_allocations();
            bool threw = false;
            {
                fail_allocation(n);
                try
                {
                    auto result =
                        async(weft::attributes{.name = "a name that needs memory of its own"}, [] { return 1; });
                    went_through = fail_allocation(0) != 0;
                    BOOST_TEST(result.get() == 1);
                }
                catch (const std::bad_alloc&)
                {
                    fail_allocation(0);
                    threw = true;
                }
            }
            BOOST_TEST((threw || went_through));
            BOOST_TEST_REQUIRE(n < 20U);
            if (threw)
            {
                BOOST_TEST(outstanding_allocations() - before <= 1); // a record that the pool keeps
            }
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()
