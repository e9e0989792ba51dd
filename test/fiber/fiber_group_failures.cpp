// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "group_fixture.hpp"
#include "support/errors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::fiber_group;
using weft::launch;

// What ends a group early: failures of its members, and cancellation from every side.
BOOST_FIXTURE_TEST_SUITE(fiber_group_failures, group_fixture)

BOOST_AUTO_TEST_CASE(the_first_failure_cancels_the_others_and_is_rethrown)
{
    run([this] {
        fiber_group group;
        group.spawn(sleeper("done", 1ms));
        group.spawn(sleeper("other", 1h));
        group.spawn(thrower("failed", 2ms));
        group.spawn(sleeper("another", 1h));
        note_outcome(outcome_of([&] { group.join(); }));
        BOOST_TEST(group.failures() == 1U);
        BOOST_TEST(group.is_canceled());
        // It stays so.
        note_outcome(outcome_of([&] { group.join(); }));
        note_outcome(outcome_of([&] { group.spawn([] {}); }));
    });
    BOOST_TEST(line() == "done@1 other:group failed@2 another:group failed@2 failed@2 failed@2 failed@2");
}

BOOST_AUTO_TEST_CASE(further_failures_are_counted)
{
    run([this] {
        fiber_group group;
        group.spawn(thrower("first", 1ms));
        group.spawn([] {
            try
            {
                this_fiber::sleep_for(1h);
            }
            catch (...)
            {
                throw std::runtime_error("second");
            }
        });
        // That nobody has asked for, is a failure.
        group.spawn(launch::dispatch, [] {
            const weft::cancellation_blocker blocker;
            this_fiber::sleep_for(5ms);
        });
        note_outcome(outcome_of([&] { group.join(); }));
        BOOST_TEST(group.failures() == 2U);
    });
    BOOST_TEST(line() == "first@5");
}

BOOST_AUTO_TEST_CASE(an_abortion_that_nobody_has_asked_for_is_a_failure)
{
    run([] {
        fiber_group group;
        group.spawn([] { throw boost::system::system_error(aborted); });
        BOOST_TEST(error_of([&] { group.join(); }) == aborted);
        BOOST_TEST(group.failures() == 1U);
    });
}

BOOST_AUTO_TEST_CASE(cancel_is_no_failure)
{
    run([this] {
        fiber_group group;
        group.spawn(sleeper("one", 1h));
        group.spawn(sleeper("two", 1h));
        this_fiber::sleep_for(1ms);
        group.cancel("enough");
        group.join();
        note_time("joined");
        BOOST_TEST(group.failures() == 0U);
        BOOST_TEST(error_of([&] { group.spawn([] {}); }) == aborted);
        group.join();
    });
    BOOST_TEST(line() == "one:enough@1 two:enough@1 joined@1");
}

BOOST_AUTO_TEST_CASE(cancelling_the_joiner_cancels_the_group)
{
    run([this] {
        fiber joiner([this] {
            fiber_group group;
            group.spawn(sleeper("one", 1h));
            group.spawn([this] {
                const weft::cancellation_blocker blocker;
                this_fiber::sleep_for(5ms);
                note_time("clean");
            });
            note_outcome(outcome_of([&] { group.join(); }));
            BOOST_TEST(group.empty());
        });
        this_fiber::sleep_for(2ms);
        joiner.cancel("no longer");
        joiner.join();
    });
    BOOST_TEST(line() == "one:no longer@2 clean@5 aborted@5");
}

BOOST_AUTO_TEST_CASE(a_failure_is_not_lost_when_the_joiner_is_cancelled)
{
    run([this] {
        fiber joiner([this] {
            fiber_group group;
            group.spawn([] {
                try
                {
                    this_fiber::sleep_for(1h);
                }
                catch (...)
                {
                    throw std::runtime_error("roll-back failed");
                }
            });
            note_outcome(outcome_of([&] { group.join(); }));
            note_outcome(outcome_of([] { this_fiber::sleep_for(1ms); }));
        });
        this_fiber::sleep_for(2ms);
        joiner.cancel();
        joiner.join();
    });
    BOOST_TEST(line() == "roll-back failed@2 aborted@2");
}

BOOST_AUTO_TEST_CASE(the_deadline_of_the_joiner_ends_the_group)
{
    run([this] {
        fiber_group group;
        group.spawn(sleeper("one", 1h));
        const weft::deadline limit(3ms);
        note_outcome(outcome_of([&] { group.join(); }));
        BOOST_TEST(group.empty());
    });
    BOOST_TEST(line() == "one:group canceled@3 timed_out@3");
}

BOOST_AUTO_TEST_CASE(stop_callbacks_may_use_the_group)
{
    run([this] {
        fiber_group group;
        for (int i = 0; i < 3; ++i)
        {
            group.spawn([&] {
                const std::stop_callback on_stop(this_fiber::get_stop_token(), [&] {
                    group.cancel();
                    BOOST_TEST(error_of([&] { group.spawn([] {}); }) == aborted);
                    this_fiber::yield(); // lets members end while the group cancels them
                });
                error_of([] { this_fiber::sleep_for(1h); });
            });
        }
        this_fiber::yield();
        group.cancel();
        group.join();
        note_time("end");
    });
    BOOST_TEST(line() == "end@0");
}

BOOST_AUTO_TEST_CASE(a_stop_token_cancels_one_member)
{
    run([this] {
        std::stop_source source;
        fiber_group group;
        group.spawn(weft::attributes{.stop = source.get_token()}, sleeper("one", 1h));
        group.spawn(sleeper("two", 2ms));
        this_fiber::sleep_for(1ms);
        source.request_stop();
        group.join();
    });
    BOOST_TEST(line() == "one:stop token@1 two@2");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_context_ends_the_group)
{
    {
        boost::asio::io_context io;
        weft::spawn(io, [this] {
            fiber_group group;
            group.spawn(sleeper("one", 1h));
            group.spawn(sleeper("two", 1h));
            note_outcome(outcome_of([&] { group.join(); }));
        });
        weft::spawn(io, [this] {
            fiber_group group({.max_fibers = 1});
            group.spawn(sleeper("three", 1h));
            note_outcome(outcome_of([&] { group.spawn([] {}); }));
        });
        io.poll();
    }
    // In which order is the tear-down's choice.
    for (const auto* what :
         {"one:scheduler torn down", "two:scheduler torn down", "three:scheduler torn down", "aborted"})
    {
        BOOST_TEST(line().find(what) != std::string::npos, line());
    }
}

// Whichever wait of a program with groups is the last one that is not cancelled: everything ends, nothing leaks.
BOOST_AUTO_TEST_CASE(cancelled_at_each_moment)
{
    int finished_alone = 0;
    for (int n = 0; n < 120 && finished_alone == 0; ++n)
    {
        auto alive = std::make_shared<int>(0);
        int ended = 0;
        run([&] {
            fiber program([&] {
                fiber_group group({.max_fibers = 2});
                for (int i = 0; i < 4; ++i)
                {
                    group.spawn([&ended, alive] {
                        for (int k = 0; k < 3; ++k)
                        {
                            this_fiber::sleep_for(1ms);
                        }
                        ++ended;
                    });
                }
                group.join();
            });
            for (int k = 0; k < n; ++k)
            {
                this_fiber::yield();
                if (k % 5 == 4)
                {
                    this_fiber::sleep_for(500us);
                }
            }
            program.cancel();
            program.join();
            BOOST_TEST(alive.use_count() == 1);
            BOOST_TEST(weft::scheduler::current().counters().live == 1U);
        });
        finished_alone += ended == 4 ? 1 : 0;
    }
    BOOST_TEST(finished_alone == 1);
}

BOOST_AUTO_TEST_SUITE_END()
