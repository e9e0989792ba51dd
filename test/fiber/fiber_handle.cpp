// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;
using weft::fiber_state;
using weft::launch;

namespace
{

const char* name_of(fiber_state state)
{
    switch (state)
    {
    case fiber_state::ready:
        return "ready";
    case fiber_state::running:
        return "running";
    case fiber_state::suspended:
        return "suspended";
    case fiber_state::terminated:
        break;
    }
    return "terminated";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(fiber_handle, virtual_time)

BOOST_AUTO_TEST_CASE(moving_empties_the_source)
{
    run([] {
        fiber one([] {});
        const auto id = one.get_id();
        fiber two(std::move(one));
        BOOST_TEST(!one.joinable()); // NOLINT(bugprone-use-after-move): that is the question
        BOOST_TEST((one.get_id() == fiber::id()));
        BOOST_TEST((two.get_id() == id));
        one = std::move(two);
        BOOST_TEST(!two.joinable()); // NOLINT(bugprone-use-after-move)
        BOOST_TEST((one.get_id() == id));
        one.join();
        one = fiber([] {});
        BOOST_TEST((one.get_id() != id));
        one.join();
    });
}

BOOST_AUTO_TEST_CASE(swapping)
{
    run([] {
        fiber one([] {});
        fiber two;
        const auto id = one.get_id();
        one.swap(two);
        BOOST_TEST(!one.joinable());
        BOOST_TEST((two.get_id() == id));
        swap(one, two);
        BOOST_TEST((one.get_id() == id));
        BOOST_TEST(!two.joinable());
        one.join();
    });
}

BOOST_AUTO_TEST_CASE(handles_live_in_containers)
{
    run([this] {
        std::vector<fiber> all;
        for (int i = 0; i < 5; ++i)
        {
            all.emplace_back([this, i] { note("f", i); });
        }
        join_all(all);
    });
    BOOST_TEST(line() == "f0 f1 f2 f3 f4");
}

BOOST_AUTO_TEST_CASE(ids_are_unique_ordered_hashable_and_never_reused)
{
    run([] {
        std::set<fiber::id> ordered;
        std::unordered_set<fiber::id> hashed;
        for (int i = 0; i < 3000; ++i)
        {
            fiber::id own;
            fiber child([&own] { own = weft::this_fiber::get_id(); });
            const auto id = child.get_id();
            child.join();
            BOOST_REQUIRE((own == id));
            BOOST_REQUIRE(ordered.insert(id).second);
            BOOST_REQUIRE(hashed.insert(id).second);
        }
        BOOST_TEST((ordered.count(fiber::id()) == 0));
        BOOST_TEST((ordered.count(weft::this_fiber::get_id()) == 0));
    });
    BOOST_TEST((weft::this_fiber::get_id() == fiber::id()));
}

BOOST_AUTO_TEST_CASE(an_id_is_written_as_its_number)
{
    std::ostringstream out;
    out << fiber::id(17) << ' ' << fiber::id();
    BOOST_TEST(out.str() == "#17 #0");
    BOOST_TEST(fiber::id(17).number() == 17U);
}

// W3: names.
BOOST_AUTO_TEST_CASE(W3_names_are_copies_of_any_length)
{
    run([] {
        BOOST_TEST(weft::this_fiber::name() == "main");
        std::string given(1000, 'x');
        std::string seen;
        fiber child({.name = given}, [&seen] { seen = weft::this_fiber::name(); });
        given = "changed";
        BOOST_TEST(child.name() == std::string(1000, 'x'));
        child.join();
        BOOST_TEST(seen == std::string(1000, 'x'));
        BOOST_TEST(child.name().empty());
        fiber nameless([&seen] { seen = weft::this_fiber::name(); });
        BOOST_TEST(nameless.name().empty());
        nameless.join();
        BOOST_TEST(seen.empty());
    });
    BOOST_TEST(weft::this_fiber::name().empty());
}

// M1: a life-cycle state for each fiber.
BOOST_AUTO_TEST_CASE(M1_states_of_a_life)
{
    run([this] {
        fiber child;
        note(name_of(child.state()));
        child = fiber(launch::deferred, [this, &child] {
            note(name_of(child.state()));
            weft::this_fiber::sleep_for(1s);
        });
        note(name_of(child.state()));
        child.start();
        note(name_of(child.state()));
        weft::this_fiber::yield();
        note(name_of(child.state()));
        weft::this_fiber::sleep_for(1s);
        weft::this_fiber::yield();
        note(name_of(child.state()));
        child.join();
        note(name_of(child.state()));
    });
    BOOST_TEST(line() == "terminated ready ready running suspended terminated terminated");
}

BOOST_AUTO_TEST_CASE(a_yielding_fiber_is_ready)
{
    run([this] {
        fiber child([] { weft::this_fiber::yield(); });
        weft::this_fiber::yield();
        note(name_of(child.state()));
        child.join();
    });
    BOOST_TEST(line() == "ready");
}

BOOST_AUTO_TEST_CASE(outside_of_fibers)
{
    BOOST_TEST(!weft::this_fiber::is_fiber());
    BOOST_TEST(!weft::this_fiber::cancellation_requested());
    weft::this_fiber::cancellation_point();
    weft::this_fiber::yield();
    weft::this_fiber::sleep_for(0s);
    weft::this_fiber::sleep_for(1ns);
    weft::this_fiber::sleep_until(std::chrono::steady_clock::now());
    BOOST_TEST(error_of([] { weft::this_fiber::get_stop_token(); }) == errc::operation_not_permitted);
    BOOST_TEST(error_of([] { weft::scheduler::current(); }) == errc::operation_not_permitted);
    run([] { BOOST_TEST(weft::this_fiber::is_fiber()); });
    BOOST_TEST(!weft::this_fiber::is_fiber());
}

BOOST_AUTO_TEST_SUITE_END()
