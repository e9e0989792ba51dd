// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/timer_heap.hpp>

#include "support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <random>
#include <vector>

using weft::detail::time_point;
using weft::detail::timer_heap;
using weft::detail::timer_node;

namespace
{

struct nobody : weft::detail::waiter
{
    nobody() : waiter(false) {}
};

time_point at(long long when)
{
    return time_point(time_point::duration(when));
}

/// The heap, and what it should do.
struct heap_and_model
{
    void insert(long long when)
    {
        timer_node* node = nullptr;
        if (free.empty())
        {
            node = &nodes.emplace_back(timer_node{who, 0});
        }
        else
        {
            node = free.back();
            free.pop_back();
        }
        heap.insert(*node, at(when));
        // A multimap keeps equal keys in the order of their insertion.
        queued.emplace_back(model.emplace(at(when), node));
        BOOST_REQUIRE(node->position != timer_node::not_queued);
    }

    void erase(std::size_t which)
    {
        const auto place = queued[which];
        heap.erase(*place->second);
        forget(place);
    }

    /// Takes out all that is due, in the same order as the model.
    void pop(time_point now)
    {
        while (const auto due = heap.pop_due(now))
        {
            BOOST_REQUIRE(!model.empty());
            BOOST_REQUIRE((model.begin()->first <= now));
            BOOST_REQUIRE(due == model.begin()->second);
            forget(model.begin());
        }
        BOOST_REQUIRE((model.empty() || model.begin()->first > now));
    }

    void compare()
    {
        BOOST_REQUIRE(heap.empty() == model.empty());
        BOOST_REQUIRE((heap.empty() || heap.earliest() == model.begin()->first));
    }

    using map = std::multimap<time_point, timer_node*>;

    void forget(map::iterator place)
    {
        BOOST_REQUIRE(place->second->position == timer_node::not_queued);
        free.push_back(place->second);
        std::erase(queued, place);
        model.erase(place);
    }

    nobody who;
    std::deque<timer_node> nodes;
    std::vector<timer_node*> free;
    timer_heap heap;
    map model;
    std::vector<map::iterator> queued;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(timer_heap_order, heap_and_model)

BOOST_AUTO_TEST_CASE(empty)
{
    BOOST_TEST(heap.empty());
    BOOST_TEST((heap.pop_due(time_point::max()) == nullptr));
}

BOOST_AUTO_TEST_CASE(equal_times_in_order)
{
    for (int i = 0; i < 50; ++i)
    {
        insert(7);
    }
    pop(at(6));
    BOOST_TEST(queued.size() == 50U);
    pop(at(7));
    BOOST_TEST(heap.empty());
}

BOOST_AUTO_TEST_CASE(the_ends_of_time)
{
    insert(time_point::max().time_since_epoch().count());
    insert(time_point::min().time_since_epoch().count());
    insert(0);
    compare();
    pop(time_point::min());
    BOOST_TEST(queued.size() == 2U);
    pop(time_point::max());
    compare();
}

BOOST_AUTO_TEST_CASE(erasing_each_position)
{
    for (std::size_t count = 1; count < 24; ++count)
    {
        for (std::size_t which = 0; which < count; ++which)
        {
            for (std::size_t i = 0; i < count; ++i)
            {
                insert(static_cast<long long>(i * 7 % 11));
            }
            erase(which);
            compare();
            pop(at(5));
            pop(at(11));
            BOOST_REQUIRE(heap.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(as_a_multimap_does)
{
    std::mt19937_64 random(weft::test::seed("timer_heap"));
    long long now = 0;
    for (int step = 0; step < 20'000; ++step)
    {
        switch (weft::test::below(8, random))
        {
        case 0:
        case 1:
        case 2:
        case 3:
            insert(now + static_cast<long long>(weft::test::below(100, random)) - 5);
            break;
        case 4:
        case 5:
        case 6:
            if (!queued.empty())
            {
                erase(weft::test::below(queued.size(), random));
            }
            break;
        default:
            now += static_cast<long long>(weft::test::below(20, random));
            pop(at(now));
        }
        compare();
    }
    pop(time_point::max());
    compare();
}

BOOST_AUTO_TEST_SUITE_END()
