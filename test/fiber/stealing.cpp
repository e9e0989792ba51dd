// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/fiber/work_stealing.hpp>

#include "support/errors.hpp"
#include "support/recorder.hpp"
#include "support/sanitized.hpp"
#include "support/virtual_time.hpp"
#include "team_member.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;

namespace
{

/// A place to wait at, for one fiber.
class pause_point
{
public:
    void wait()
    {
        this_fiber::suspend([this](weft::waker me) { waiting_ = std::move(me); });
    }
    void end()
    {
        waiting_.wake();
    }

private:
    weft::waker waiting_;
};

/// Two of them, on this thread: whose turn it is, is the test's choice.
struct two_members : recorder
{
    explicit two_members(weft::movable which = weft::movable::if_migratable) : team(which)
    {
        a.join<weft::work_stealing>(team);
        b.join<weft::work_stealing>(team);
    }

    char place() const
    {
        return weft::scheduler::current() == weft::scheduler::of(const_cast<asio::io_context&>(a.io)) ? 'a' : 'b';
    }
    void note_place(std::string what)
    {
        note(what + '@' + place());
    }
    /// One turn of each until nothing is left.
    void run_both()
    {
        while (a.poll() + b.poll() != 0)
        {
        }
    }

    weft::work_team team;
    member a;
    member b;
};

struct two_members_before_start : two_members
{
    two_members_before_start() : two_members(weft::movable::before_start) {}
};

} // namespace

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

BOOST_AUTO_TEST_CASE(groups_stay_with_those_who_made_them)
{
    weft::spawn(a.io, [&] {
        pause_point here;
        fiber maker(weft::launch::dispatch, migratable, [&] {
            weft::fiber_group group;
            group.spawn(migratable, [this] { note_place("member"); });
            here.wait();
            note_place("maker");
        });
        here.end();
        offer();
        b.poll();
        note("|");
        maker.join();
    });
    run_both();
    BOOST_TEST(line() == "| member@a maker@a");
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

BOOST_AUTO_TEST_CASE(who_leaves_keeps_what_he_offered)
{
    weft::spawn(a.io, [&] {
        fiber offered(migratable, [this] { note_place("offered"); });
        offer();
        BOOST_TEST(weft::scheduler::current().counters().ready == 2U);
        weft::scheduler::current().use_algorithm(nullptr);
        b.poll();
        note("|");
        offered.join();
        a.join<weft::work_stealing>(team);
        fiber again(migratable, [this] { note_place("again"); });
        team.close();
        offer();
        b.poll();
        again.join();
    });
    run_both();
    BOOST_TEST(line() == "| offered@a again@a");
    BOOST_TEST(team.moves() == 0U);
}

BOOST_AUTO_TEST_CASE(one_sleeper_is_called_at_a_time)
{
    std::array<member, 2> more;
    for (auto& one : more)
    {
        one.join<weft::work_stealing>(team);
        one.poll(); // has looked for something to do, and sleeps
    }
    b.poll();
    weft::spawn(a.io, [&] {
        std::vector<fiber> eight;
        for (int i = 0; i < 8; ++i)
        {
            eight.emplace_back(migratable, [this] { note_place(""); });
        }
        offer();
        // Who fell asleep last is called first, and nobody else before that one has come.
        const auto called = [](member& one) { return one.io.poll_one(); };
        BOOST_TEST(called(b) == 0U);
        BOOST_TEST(called(more[0]) == 0U);
        BOOST_TEST(called(more[1]) == 1U); // and comes back for as long as there is something
        BOOST_TEST(team.moves() == 8U);
        BOOST_TEST(called(b) == 0U);
        BOOST_TEST(called(more[0]) == 1U); // by the one that came and took more than it could run at once
        BOOST_TEST(called(b) == 0U);
        for (auto& one : eight)
        {
            one.detach();
        }
    });
    run_both();
    BOOST_TEST(line() == "@b @b @b @b @b @b @b @b");
}

BOOST_AUTO_TEST_CASE(nothing_to_do_is_no_work)
{
    a.poll();
    b.poll();
    weft::spawn(a.io, [&] {
        for (int i = 0; i < 100; ++i)
        {
            this_fiber::yield(); // not to be had
        }
    });
    a.poll();
    BOOST_TEST(b.io.poll() == 0U);
}

BOOST_AUTO_TEST_CASE(the_first_context_may_go_before_what_came_from_it)
{
    auto first = std::make_unique<member>();
    first->join<weft::work_stealing>(team);
    pause_point here;
    weft::spawn(first->io, migratable, [&] {
        const witness end(*this, "moved");
        here.wait();
        note_place("moved");
        here.wait();
    });
    weft::spawn(first->io, [&] {
        here.end();
        offer();
        b.poll();
    });
    first->poll();
    BOOST_TEST(b.live() == 1U);
    first.reset(); // its stack is in use
    note("|");
    here.end();
    b.poll();
    BOOST_TEST(b.live() == 0U);
    BOOST_TEST(line() == "moved@b | ~moved");
}

BOOST_AUTO_TEST_CASE(only_own_schedulers_of_an_io_context)
{
    asio::thread_pool pool(1);
    weft::scheduler other(pool.get_executor());
    const auto refused = error_of([&] { other.use_algorithm(std::make_unique<weft::work_stealing>(team)); });
    BOOST_TEST(refused == errc::operation_not_supported);
    pool.join();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(sharing_step_by_step, recorder)

BOOST_AUTO_TEST_CASE(in_the_order_in_which_they_became_ready)
{
    weft::work_team team;
    std::array<member, 2> members;
    for (auto& one : members)
    {
        one.join<weft::work_sharing>(team);
    }
    weft::spawn(members[0].io, [&] {
        std::vector<fiber> four;
        for (const auto name : {"1", "2", "3", "4"})
        {
            four.emplace_back(migratable, [this, name] {
                note(name);
                this_fiber::yield();
                note(name);
            });
        }
        offer();
        members[1].io.poll_one();
        note("|");
        for (auto& one : four)
        {
            one.join();
        }
    });
    members[0].poll();
    BOOST_TEST(line() == "1 2 3 4 1 2 3 4 |");
    members[1].poll();
    members[0].poll();
}

BOOST_AUTO_TEST_SUITE_END()
