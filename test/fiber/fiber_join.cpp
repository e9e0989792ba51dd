// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;
using weft::launch;

BOOST_FIXTURE_TEST_SUITE(fiber_join, virtual_time)

BOOST_AUTO_TEST_CASE(V5_join_waits_for_the_end)
{
    run([this] {
        fiber child([this] {
            weft::this_fiber::sleep_for(5ms);
            note_time("child");
        });
        BOOST_TEST(child.joinable());
        child.join();
        note_time("joined");
        BOOST_TEST(!child.joinable());
    });
    BOOST_TEST(line() == "child@5 joined@5");
}

BOOST_AUTO_TEST_CASE(V5_join_of_an_ended_fiber_returns_at_once)
{
    run([this] {
        fiber child([this] { note("child"); });
        fiber other([this] { note("other"); });
        weft::this_fiber::yield();
        fiber later([this] { note("later"); });
        child.join();
        note("joined");
        other.join();
        later.join();
    });
    BOOST_TEST(line() == "child other joined later");
}

BOOST_AUTO_TEST_CASE(V5_join_of_a_never_started_fiber_discards_it_at_once)
{
    run([this] {
        fiber never(launch::deferred, [this, held = std::make_unique<witness>(*this, "held")] { note("ran"); });
        fiber other([this] { note("other"); });
        never.join();
        note("joined");
        BOOST_TEST(!never.joinable());
        BOOST_TEST(weft::scheduler::current().counters().live == 2U);
        other.join();
    });
    BOOST_TEST(line() == "~held joined other");
}

BOOST_AUTO_TEST_CASE(detaching_a_never_started_fiber_discards_it)
{
    run([this] {
        fiber never(launch::deferred, [held = std::make_unique<witness>(*this, "held")] {});
        never.detach();
        note("detached");
    });
    BOOST_TEST(line() == "~held detached");
}

BOOST_AUTO_TEST_CASE(errors_of_join_and_detach)
{
    run([] {
        fiber empty;
        BOOST_TEST(error_of([&empty] { empty.join(); }) == errc::invalid_argument);
        BOOST_TEST(error_of([&empty] { empty.join_for(1s); }) == errc::invalid_argument);
        BOOST_TEST(error_of([&empty] { empty.detach(); }) == errc::invalid_argument);
        BOOST_TEST(error_of([&empty] { empty.stop(); }) == errc::invalid_argument);
        empty.cancel();

        fiber joined([] {});
        joined.join();
        BOOST_TEST(error_of([&joined] { joined.join(); }) == errc::invalid_argument);
        BOOST_TEST(error_of([&joined] { joined.detach(); }) == errc::invalid_argument);

        fiber detached([] {});
        detached.detach();
        BOOST_TEST(!detached.joinable());
        BOOST_TEST(error_of([&detached] { detached.detach(); }) == errc::invalid_argument);
        BOOST_TEST(error_of([&detached] { detached.join(); }) == errc::invalid_argument);
    });
}

BOOST_AUTO_TEST_CASE(joining_oneself_is_a_deadlock_and_changes_nothing)
{
    run([] {
        fiber child;
        boost::system::error_code self_join;
        boost::system::error_code self_join_for;
        child = fiber([&] {
            self_join = error_of([&child] { child.join(); });
            self_join_for = error_of([&child] { child.join_for(1s); });
        });
        weft::this_fiber::yield();
        BOOST_TEST(self_join == errc::resource_deadlock_would_occur);
        BOOST_TEST(self_join_for == errc::resource_deadlock_would_occur);
        BOOST_TEST(child.joinable());
        child.join();
    });
}

BOOST_AUTO_TEST_CASE(join_for_and_join_until)
{
    run([this] {
        fiber child([] { weft::this_fiber::sleep_for(10ms); });
        BOOST_TEST(!child.join_for(-1s));
        BOOST_TEST(!child.join_for(0s));
        BOOST_TEST(!child.join_for(4ms));
        note_time("a");
        BOOST_TEST(!child.join_until(clock.now() + 5ms));
        note_time("b");
        BOOST_TEST(child.joinable());
        BOOST_TEST(child.join_for(std::chrono::hours::max()));
        note_time("c");
        BOOST_TEST(!child.joinable());

        fiber ended([] {});
        weft::this_fiber::yield();
        BOOST_TEST(ended.join_for(0s));
        fiber deferred(launch::deferred, [] {});
        BOOST_TEST(deferred.join_for(0s));
    });
    BOOST_TEST(line() == "a@4 b@9 c@10");
}

BOOST_AUTO_TEST_CASE(a_detached_fiber_goes_on_alone)
{
    run([this] {
        fiber([this] {
            weft::this_fiber::sleep_for(5ms);
            note_time("child");
        }).detach();
        note_time("main");
    });
    note("run");
    BOOST_TEST(line() == "main@0 child@5 run");
}

BOOST_AUTO_TEST_CASE(detaching_an_ended_fiber)
{
    run([this] {
        fiber child([this] { note("child"); });
        weft::this_fiber::yield();
        child.detach();
        note("detached");
    });
    BOOST_TEST(line() == "child detached");
}

BOOST_AUTO_TEST_CASE(an_exception_goes_to_the_joiner)
{
    run([] {
        const auto fail = [] { throw std::runtime_error("of the child"); };
        for (const auto how : {launch::post, launch::dispatch})
        {
            fiber child(how, fail);
            BOOST_CHECK_EXCEPTION(child.join(), std::runtime_error,
                                  [](const auto& e) { return std::string(e.what()) == "of the child"; });
            BOOST_TEST(!child.joinable());
            fiber ended(how, fail);
            weft::this_fiber::yield();
            BOOST_CHECK_THROW(ended.join_for(0s), std::runtime_error);
            BOOST_TEST(!ended.joinable());
        }
        fiber number([] { throw 17; });
        BOOST_CHECK_EXCEPTION(number.join(), int, [](int thrown) { return thrown == 17; });
    });
}

BOOST_AUTO_TEST_CASE(operation_aborted_is_a_failure_only_without_cancellation)
{
    run([] {
        const auto fail = [] { throw boost::system::system_error(aborted); };
        fiber failed(fail);
        BOOST_TEST(error_of([&failed] { failed.join(); }) == aborted);
        fiber canceled(fail);
        canceled.cancel();
        canceled.join();
        fiber other_error([] { throw std::runtime_error("while cancelled"); });
        other_error.cancel();
        BOOST_CHECK_THROW(other_error.join(), std::runtime_error);
    });
}

BOOST_AUTO_TEST_CASE(join_reacts_neither_to_cancellation_nor_to_deadlines)
{
    run([this] {
        fiber worker([] { weft::this_fiber::sleep_for(10ms); });
        fiber joiner([this, &worker] {
            const weft::deadline limit(1ms);
            worker.join();
            note_time("joined");
        });
        weft::this_fiber::sleep_for(2ms);
        joiner.cancel();
        joiner.join();
    });
    BOOST_TEST(line() == "joined@10");
}

BOOST_AUTO_TEST_CASE(joiners_wake_in_the_order_of_the_ends)
{
    run([this] {
        std::vector<fiber> joiners;
        for (const int time : {3, 1, 2})
        {
            joiners.emplace_back([this, time] {
                fiber([time] { weft::this_fiber::sleep_for(std::chrono::milliseconds(time)); }).join();
                note("after", time);
            });
        }
        join_all(joiners);
    });
    BOOST_TEST(line() == "after1 after2 after3");
}

BOOST_AUTO_TEST_CASE(a_fiber_of_another_scheduler_joins)
{
    run([this] {
        fiber child([this] {
            weft::this_fiber::sleep_for(5ms);
            note_time("child");
            throw std::runtime_error("of the child");
        });
        const weft::scheduler other(weft::scheduler::current().get_executor());
        fiber waiter([] { weft::this_fiber::sleep_for(10ms); });
        spawn(other, [this, &child] {
            BOOST_CHECK_THROW(child.join(), std::runtime_error);
            note_time("joined");
        });
        waiter.join();
    });
    BOOST_TEST(line() == "child@5 joined@5");
}

BOOST_AUTO_TEST_CASE(a_thread_joins)
{
    std::promise<fiber> handed_over;
    std::thread joiner([this, &handed_over] {
        auto child = handed_over.get_future().get();
        child.join();
        note("joined");
    });
    run([this, &handed_over] {
        fiber child([this] {
            weft::this_fiber::sleep_for(5ms);
            note("child");
        });
        handed_over.set_value(std::move(child));
    });
    joiner.join();
    BOOST_TEST(line() == "child joined");
}

BOOST_AUTO_TEST_CASE(a_handle_may_outlive_its_io_context)
{
    fiber left;
    fiber failed;
    run([this, &left, &failed] {
        left = fiber([this] { note("child"); });
        failed = fiber([] { throw std::runtime_error("kept"); });
    });
    BOOST_TEST(left.joinable());
    left.cancel();
    left.join();
    BOOST_CHECK_THROW(failed.join(), std::runtime_error);
    BOOST_TEST(line() == "child");
}

BOOST_AUTO_TEST_SUITE_END()
