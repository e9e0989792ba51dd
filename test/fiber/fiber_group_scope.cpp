// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "group_fixture.hpp"
#include "support/child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::fiber_group;
using weft::launch;

// A group that goes away, and members that are let go.
BOOST_FIXTURE_TEST_SUITE(fiber_group_scope, group_fixture)

BOOST_AUTO_TEST_CASE(the_end_of_its_scope_joins)
{
    run([this] {
        {
            fiber_group group;
            group.spawn(sleeper("one", 3ms));
            group.spawn([this] { note("began"); });
        }
        note_time("end");
    });
    BOOST_TEST(line() == "began one@3 end@3");
}

BOOST_AUTO_TEST_CASE(the_end_of_its_scope_by_an_exception_cancels_and_joins)
{
    run([this] {
        note_outcome(outcome_of([&] {
            fiber_group group;
            group.spawn(sleeper("one", 1h));
            this_fiber::sleep_for(1ms);
            throw std::runtime_error("the caller's");
        }));
    });
    BOOST_TEST(line() == "one:group canceled@1 the caller's@1");
}

BOOST_AUTO_TEST_CASE(the_end_of_its_scope_cancels_and_joins_for_a_caller_that_is_to_end)
{
    run([this] {
        {
            const weft::deadline limit(1ms);
            fiber_group group;
            group.spawn(sleeper("one", 1h));
        }
        note_time("end");
        fiber other([this] {
            const weft::deadline limit(0s);
            fiber_group group;
            group.spawn([this] {
                const weft::cancellation_blocker blocker;
                this_fiber::sleep_for(2ms);
                note_time("two");
            });
            this_fiber::yield();
        });
        other.cancel();
        other.join();
        note_time("end");
    });
    BOOST_TEST(line() == "one:group canceled@1 end@1 two@3 end@3");
}

BOOST_AUTO_TEST_CASE(the_end_of_its_scope_by_an_exception_logs_a_failure)
{
    run([this] {
        note_outcome(outcome_of([&] {
            fiber_group group;
            group.spawn(launch::dispatch, [] { throw std::runtime_error("logged"); });
            throw std::runtime_error("the caller's");
        }));
    });
    BOOST_TEST(line() == "the caller's@0");
}

BOOST_AUTO_TEST_CASE(a_failure_that_nobody_is_told_of_leaves_the_scope)
{
    run([this] {
        note_outcome(outcome_of([&] {
            fiber_group group;
            group.spawn(thrower("failed", 1ms));
            group.spawn(sleeper("other", 1h));
        }));
        // Only once.
        note_outcome(outcome_of([&] {
            fiber_group group;
            group.spawn(thrower("failed", 1ms));
            note_outcome(outcome_of([&] { group.join(); }));
        }));
    });
    BOOST_TEST(line() == "other:group failed@1 failed@1 failed@2 -@2");
}

BOOST_AUTO_TEST_CASE(where_nothing_may_be_thrown_it_terminates)
{
    const auto child = run_in_child([] {
        weft::run([] {
            const auto group = std::make_unique<fiber_group>();
            group->spawn([] { throw std::runtime_error("unheard"); });
        });
    });
    BOOST_TEST(child.killed_by(SIGABRT));
}

BOOST_AUTO_TEST_CASE(detached_ones_go_on_alone)
{
    run([this] {
        {
            fiber_group group({.max_fibers = 1});
            group.spawn(sleeper("one", 4ms));
            fiber other([&] {
                group.spawn(sleeper("two", 1ms)); // has room as soon as the first one is detached
                note_time("room");
            });
            fiber third([&] {
                group.join();
                note_time("joined");
            });
            this_fiber::sleep_for(1ms);
            group.detach();
            BOOST_TEST(group.empty());
            other.join();
            third.join();
        }
        note_time("end");
    });
    BOOST_TEST(line() == "room@1 two@2 joined@2 end@2 one@4");
}

BOOST_AUTO_TEST_CASE(a_detached_one_that_fails_terminates)
{
    const auto child = run_in_child([] {
        weft::run([] {
            fiber_group group;
            group.spawn([] {
                this_fiber::yield();
                throw std::runtime_error("alone");
            });
            this_fiber::yield();
            group.detach();
        });
    });
    BOOST_TEST(child.killed_by(SIGABRT));
    BOOST_TEST(child.errors.find("alone") != std::string::npos, child.errors);
}

BOOST_AUTO_TEST_SUITE_END()
