// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "queue_kinds.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

// In which order elements go in and out, and who waits for them.
BOOST_FIXTURE_TEST_SUITE(queue_order, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(those_who_wait_are_served_in_order, Kind, queues_that_fill)
{
    run([this] {
        queue_of<Kind, int> queue;
        std::vector<fiber> takers;
        for (int i = 0; i < 3; ++i)
        {
            takers.emplace_back([&, i] { note("t" + std::to_string(i) + ":", queue.pop().value()); });
        }
        this_fiber::yield();
        for (int i = 0; i < 3; ++i)
        {
            BOOST_TEST(queue.try_push(i));
        }
        BOOST_TEST(queue.size() == 0U);
        join_all(takers);
        fill(queue);
        std::vector<fiber> putters;
        for (int i = 0; i < 3; ++i)
        {
            putters.emplace_back([&, i] {
                queue.push(i);
                note("p", i);
            });
        }
        this_fiber::yield();
        for (int i = 0; i < 3; ++i)
        {
            BOOST_TEST(queue.try_pop().has_value());
        }
        join_all(putters);
    });
    BOOST_TEST(line() == "t0:0 t1:1 t2:2 p0 p1 p2");
}

BOOST_AUTO_TEST_CASE(first_in_first_out_across_chunks)
{
    weft::blocking_queue<int> queue;
    int in = 0;
    int out = 0;
    bool in_order = true;
    // The queue grows and shrinks by odd numbers, over many chunks.
    for (int round = 0; round < 300; ++round)
    {
        for (int i = 0; i < (round % 2 == 0 ? 1701 : 13); ++i)
        {
            queue.push(in++);
        }
        for (int i = 0; i < (round % 3 == 0 ? 1700 : 97) && out != in; ++i)
        {
            in_order = in_order && queue.pop() == out++;
        }
        in_order = in_order && queue.size() == std::size_t(in - out);
    }
    while (out != in)
    {
        in_order = in_order && queue.pop() == out++;
    }
    BOOST_TEST(in_order);
    BOOST_TEST(!queue.try_pop());
}

BOOST_AUTO_TEST_CASE(first_in_first_out_round_a_ring)
{
    weft::blocking_queue<int> queue(5);
    bool in_order = true;
    int in = 0;
    int out = 0;
    for (int round = 0; round < 100; ++round)
    {
        while (queue.try_push(in))
        {
            ++in;
        }
        BOOST_TEST(in - out == 5);
        for (int i = 0; i < 1 + round % 5; ++i)
        {
            in_order = in_order && queue.pop() == out++;
        }
    }
    BOOST_TEST(in_order);
}

BOOST_AUTO_TEST_CASE(last_in_first_out_across_chunks)
{
    weft::blocking_stack<int> stack;
    std::vector<int> model;
    bool in_order = true;
    for (int round = 0; round < 300; ++round)
    {
        for (int i = 0; i < (round % 2 == 0 ? 1701 : 13); ++i)
        {
            stack.push(i * round);
            model.push_back(i * round);
        }
        for (int i = 0; i < (round % 3 == 0 ? 1700 : 97) && !model.empty(); ++i)
        {
            in_order = in_order && stack.pop() == model.back();
            model.pop_back();
        }
        in_order = in_order && stack.size() == model.size();
    }
    BOOST_TEST(in_order);
}

BOOST_AUTO_TEST_SUITE_END()
