// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "two_members.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <vector>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace weft::test;
using weft::fiber;

BOOST_FIXTURE_TEST_SUITE(stealing_team, two_members)

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
