// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;
namespace this_fiber = weft::this_fiber;

namespace
{

/// Posts to itself until it is told to stop, and counts.
struct busy_handler
{
    boost::asio::io_context& io;
    int& turns;
    const bool& stop;

    void operator()() const
    {
        ++turns;
        if (!stop)
        {
            boost::asio::post(io, *this);
        }
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(this_fiber_yield, virtual_time)

// M2, M3, P7: explicit yield, round robin, two counters that interleave exactly.
WEFT_DRIVEN_TEST_CASE(M3_two_counters_interleave_exactly)
{
    drive(driver, clock, [this] {
        const auto count = [this](std::string name) {
            for (int i = 1; i <= 4; ++i)
            {
                note(name, i);
                this_fiber::yield();
            }
        };
        fiber a(count, "a");
        fiber b(count, "b");
        a.join();
        b.join();
        note("end");
    });
    BOOST_TEST(line() == "a1 b1 a2 b2 a3 b3 a4 b4 end");
}

// W11: first in, first out; each goes to the end of the queue.
WEFT_DRIVEN_TEST_CASE(W11_three_fibers_of_different_length)
{
    drive(driver, clock, [this] {
        const auto count = [this](std::string name, int turns) {
            for (int i = 1; i <= turns; ++i)
            {
                note(name, i);
                this_fiber::yield();
            }
            note(name + "-");
        };
        fiber a(count, "a", 1);
        fiber b(count, "b", 3);
        fiber c(count, "c", 2);
        note("main");
        this_fiber::yield();
        note("main");
        a.join();
        b.join();
        c.join();
    });
    BOOST_TEST(line() == "main a1 b1 c1 main a- b2 c2 b3 c- b-");
}

WEFT_DRIVEN_TEST_CASE(the_order_survives_the_end_of_a_round)
{
    // More switches than a round's budget, with a number of fibers that does not divide it.
    std::vector<int> turns;
    drive(driver, clock, [&turns] {
        std::vector<fiber> all;
        for (int i = 0; i < 7; ++i)
        {
            all.emplace_back([&turns, i] {
                for (int n = 0; n < 300; ++n)
                {
                    turns.push_back(i);
                    this_fiber::yield();
                }
            });
        }
        join_all(all);
    });
    std::vector<int> expected;
    for (int n = 0; n < 300 * 7; ++n)
    {
        expected.push_back(n % 7);
    }
    BOOST_TEST(turns == expected);
}

WEFT_DRIVEN_TEST_CASE(a_child_may_outlive_its_parent)
{
    drive(driver, clock, [this] {
        fiber([this] {
            fiber([this] {
                this_fiber::yield();
                note("grandchild");
            }).detach();
            note("child");
        }).detach();
        note("parent");
    });
    BOOST_TEST(line() == "parent child grandchild");
}

BOOST_AUTO_TEST_CASE(alone_it_returns_at_once)
{
    run([] {
        const auto self = weft::scheduler::current();
        const auto before = self.counters().switches;
        for (int i = 0; i < 100; ++i)
        {
            this_fiber::yield();
        }
        BOOST_TEST(self.counters().switches == before);
    });
}

BOOST_AUTO_TEST_CASE(handlers_get_their_turn_while_one_fiber_yields)
{
    boost::asio::io_context io;
    bool done = false;
    int yields = 0;
    weft::spawn(io, [&] {
        boost::asio::post(io, [&done] { done = true; });
        while (!done)
        {
            this_fiber::yield();
            ++yields;
        }
    });
    io.run();
    BOOST_TEST(done);
    BOOST_TEST(yields <= 300);
}

BOOST_AUTO_TEST_CASE(handlers_and_fibers_share_the_io_context)
{
    boost::asio::io_context io;
    int turns = 0;
    bool stop = false;
    boost::asio::post(io, busy_handler{io, turns, stop});
    weft::spawn(io, [&stop] {
        const auto yield_often = [] {
            for (int i = 0; i < 5000; ++i)
            {
                this_fiber::yield();
            }
        };
        fiber one(yield_often);
        fiber two(yield_often);
        one.join();
        two.join();
        stop = true;
    });
    io.run();
    // 10,000 switches in rounds of 256: the handler got its turn between them, and did not hold them up.
    BOOST_TEST(turns >= 10'000 / 300);
    BOOST_TEST(turns <= 10'000 / 100);
}

BOOST_AUTO_TEST_CASE(it_ignores_cancellation)
{
    run([this] {
        fiber child([this] {
            this_fiber::yield();
            this_fiber::yield();
            note(this_fiber::cancellation_requested() ? "requested" : "?");
        });
        child.cancel();
        child.join();
    });
    BOOST_TEST(line() == "requested");
}

BOOST_AUTO_TEST_SUITE_END()
