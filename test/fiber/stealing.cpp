// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"
#include "two_members.hpp"

#include <boost/test/unit_test.hpp>

#include <exception>
#include <stdexcept>
#include <string>

namespace this_fiber = weft::this_fiber;
using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;

BOOST_FIXTURE_TEST_SUITE(stealing_step_by_step, two_members)

// Nobody is called for it, so that two fibers that wake each other in turn stay together.
BOOST_AUTO_TEST_CASE(what_a_running_fiber_wakes_is_there_for_those_that_look)
{
    pause_point pause;
    weft::spawn(a.io, [&] {
        fiber moving(migratable, [&] {
            note_place("moving");
            pause.wait();
            note_place("again");
        });
        this_fiber::yield();
        pause.end();
        b.poll();
        note_place("not called");
        weft::spawn(b.io, [this] { note_place("its own"); });
        b.poll(); // looks when it has nothing left
        note_place("maker");
        moving.join();
    });
    run_both();
    BOOST_TEST(line() == "moving@a not called@a its own@b again@b maker@a");
    BOOST_TEST(team.moves() == 1U);
}

BOOST_AUTO_TEST_CASE(only_those_that_said_so_move)
{
    weft::spawn(a.io, [&] {
        fiber plain([this] { note_place("plain"); });
        fiber moving(migratable, [this] { note_place("moving"); });
        offer();
        b.poll(); // as another thread would, while this fiber computes
        note_place("maker");
        plain.join();
        moving.join();
    });
    run_both();
    BOOST_TEST(line() == "moving@b maker@a plain@a");
    BOOST_TEST(team.moves() == 1U);
}

BOOST_FIXTURE_TEST_CASE(before_their_start_all_move_that_nobody_bound, two_members_before_start)
{
    weft::spawn(a.io, [&] {
        pause_point here;
        fiber child([&] {
            note_place("child");
            here.wait();
            note_place("child");
        });
        weft::spawn(a.io, [this] { note_place("named"); });
        offer();
        b.poll();
        note("|");
        here.end(); // it has started over there: only b runs it
        child.join();
    });
    run_both();
    BOOST_TEST(line() == "child@b | named@a child@b");
}

BOOST_AUTO_TEST_CASE(started_ones_move_when_they_are_ready)
{
    weft::spawn(a.io, [&] {
        pause_point here;
        fiber child(weft::launch::dispatch, migratable, [&] {
            for (int i = 0; i < 3; ++i)
            {
                note_place("child");
                here.wait();
            }
            note_place("end");
        });
        for (auto* taker : {&b, &b, &a})
        {
            b.poll(); // it waits: nobody can take it
            here.end();
            offer();
            if (taker == &b)
            {
                b.poll();
            }
            else
            {
                this_fiber::yield();
            }
        }
        note("|");
        child.join();
    });
    run_both();
    // Woken by a fiber of a while it waits on b, it goes on there.
    BOOST_TEST(line() == "child@a child@b child@b | end@b");
}

BOOST_AUTO_TEST_CASE(stacks_come_home)
{
    weft::stack_options few;
    few.max_stacks = 3;
    weft::scheduler::of(a.io).use_stacks(few);
    weft::spawn(a.io, [&] {
        for (int i = 0; i < 20; ++i)
        {
            pause_point here;
            fiber child(weft::launch::dispatch, migratable, [&] {
                here.wait();
                note_place("");
            });
            here.end();
            offer();
            b.poll();
            child.join();
        }
    });
    run_both();
    std::string expected;
    for (int i = 0; i < 20; ++i)
    {
        expected += i == 0 ? "@b" : " @b";
    }
    BOOST_TEST(line() == expected);
}

BOOST_AUTO_TEST_CASE(what_belongs_to_the_fiber_comes_along)
{
    weft::fiber_specific_ptr<int> own;
    weft::spawn(a.io, [&] {
        pause_point here;
        error_number() = EDOM;
        fiber child(weft::launch::dispatch, migratable, [&] {
            own.reset(new int(7));
            error_number() = ERANGE;
            try
            {
                throw std::runtime_error("mine");
            }
            catch (...)
            {
                here.wait(); // H1: inside of the handler
                note_place("child");
                try
                {
                    throw;
                }
                catch (const std::runtime_error& error)
                {
                    note(error.what());
                }
            }
            note("errno", error_number() == ERANGE);
            note("own", *own);
            note("uncaught", std::uncaught_exceptions());
        });
        try
        {
            throw std::logic_error("another's");
        }
        catch (const std::logic_error&)
        {
            here.end();
            offer();
            b.poll();
            note(std::current_exception() != nullptr ? "kept" : "lost");
        }
        note("errno", error_number() == EDOM);
        child.join();
    });
    run_both();
    BOOST_TEST(line() == "child@b mine errno1 own7 uncaught0 kept errno1");
}

BOOST_AUTO_TEST_CASE(a_time_limit_goes_with_its_wait)
{
    weft::spawn(a.io, [&] {
        pause_point here;
        fiber child(weft::launch::dispatch, migratable, [&] {
            const weft::deadline limit(1h);
            here.wait(); // notified: its timer is taken out before it moves
            note_place("notified");
            const weft::deadline over(this_fiber::now());
            const auto late = error_of([&] { here.wait(); });
            note_place(late == timed_out ? "late" : "?");
        });
        here.end();
        offer();
        b.poll();
        child.join();
    });
    run_both();
    BOOST_TEST(line() == "notified@b late@b");
}

BOOST_AUTO_TEST_CASE(whose_wait_was_cancelled_stays)
{
    weft::spawn(a.io, [&] {
        pause_point here;
        fiber child(weft::launch::dispatch, migratable, [&] {
            const auto error = error_of([&] { here.wait(); });
            note_place(error == aborted ? "cancelled" : "?");
        });
        child.cancel();
        offer();
        b.poll();
        note("|");
        child.join();
    });
    run_both();
    BOOST_TEST(line() == "| cancelled@a");
}

BOOST_AUTO_TEST_CASE(cancellation_finds_it_wherever_it_is)
{
    weft::spawn(a.io, [&] {
        const auto body = [this] {
            const auto error = error_of([] { this_fiber::sleep_for(1h); });
            note_place(error == aborted ? "cancelled" : "?");
        };
        fiber offered(migratable, body);
        offer();
        offered.cancel(); // belongs to nobody at present
        b.poll();
        fiber moved(migratable, body);
        offer();
        b.poll();
        moved.cancel();
        note("|");
        b.poll();
        offered.join();
        moved.join();
    });
    run_both();
    BOOST_TEST(line() == "cancelled@b | cancelled@b");
}

BOOST_AUTO_TEST_CASE(cancel_all_reaches_what_is_on_offer)
{
    weft::spawn(a.io, [&] {
        fiber offered(migratable, [this] { note_place(this_fiber::cancellation_requested() ? "cancelled" : "?"); });
        offer();
        BOOST_TEST(a.live() == 3U);
        weft::scheduler::current().cancel_all();
        b.poll();
        note("|");
        offered.join();
    });
    run_both();
    BOOST_TEST(line() == "| cancelled@a");
}

BOOST_AUTO_TEST_CASE(errors_of_those_that_moved_come_to_the_joiner)
{
    weft::spawn(a.io, [&] {
        fiber failing(migratable, [] { throw std::runtime_error("lost?"); });
        fiber itself;
        itself = fiber(migratable, [&] {
            const auto error = error_of([&] { itself.join(); });
            note_place(error == errc::resource_deadlock_would_occur ? "itself" : "?");
        });
        offer();
        b.poll();
        try
        {
            failing.join();
        }
        catch (const std::runtime_error& error)
        {
            note(error.what());
        }
        itself.join();
    });
    run_both();
    BOOST_TEST(line() == "itself@b lost?");
}

BOOST_AUTO_TEST_SUITE_END()
