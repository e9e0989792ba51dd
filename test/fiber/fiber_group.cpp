// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "group_fixture.hpp"
#include "support/allocation_counter.hpp"
#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::fiber_group;
using weft::launch;

static_assert(!std::is_copy_constructible_v<fiber_group>);
static_assert(!std::is_move_constructible_v<fiber_group>);

// Members, those who join them, room for as many as may be, and memory.
BOOST_FIXTURE_TEST_SUITE(fiber_groups, group_fixture)

WEFT_DRIVEN_TEST_CASE(join_waits_for_all)
{
    drive(driver, clock, [this] {
        fiber_group group;
        group.spawn(sleeper("one", 2ms));
        group.spawn(sleeper("two", 1ms));
        group.spawn([this](std::string name, const std::unique_ptr<int>& number) { note(name, *number); }, "three",
                    std::make_unique<int>(3));
        note("size", static_cast<long long>(group.size()));
        group.join();
        note_time("joined");
        note("size", static_cast<long long>(group.size()));
    });
    BOOST_TEST(line() == "size3 three3 two@1 one@2 joined@2 size0");
}

BOOST_AUTO_TEST_CASE(join_of_an_empty_group_returns_at_once)
{
    run([] {
        fiber_group group;
        const auto before = weft::scheduler::current().counters().switches;
        group.join();
        BOOST_TEST(group.wait_for(0s));
        BOOST_TEST(group.wait_until(std::chrono::steady_clock::time_point()));
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        group.spawn([] {});
        group.join();
        group.spawn([] {}); // may be used again
        group.join();
        BOOST_TEST(group.empty());
    });
}

BOOST_AUTO_TEST_CASE(the_forms_of_spawn)
{
    run([this] {
        fiber_group group;
        group.spawn(launch::post, [this] { note("post"); });
        const auto id = group.spawn(launch::dispatch, [this] { note("dispatch"); });
        BOOST_TEST((id != weft::fiber_id()));
        group.spawn(weft::attributes{.name = "named"}, [this] { note(this_fiber::name()); });
        const auto last =
            group.spawn(launch::post, {.stack_size = 100'000}, [this](int a, int b) { note("sum", a + b); }, 1, 2);
        BOOST_TEST((last != id));
        BOOST_TEST(error_of([&] { group.spawn(launch::deferred, [] {}); }) == errc::invalid_argument);
        BOOST_TEST(error_of([&] { group.spawn(weft::attributes{.stack_size = 1}, [] {}); }) == errc::invalid_argument);
        BOOST_TEST(group.size() == 3U); // the dispatched one has ended
        group.join();
    });
    BOOST_TEST(line() == "dispatch post named sum3");
}

BOOST_AUTO_TEST_CASE(waiting_with_a_limit_leaves_the_group_alone)
{
    run([this] {
        fiber_group group;
        group.spawn(sleeper("one", 5ms));
        note_time(group.wait_for(1ms) ? "?" : "for");
        note_time(group.wait_until(clock.now() + 1ms) ? "?" : "until");
        note_time(group.wait_for(-1ms) ? "?" : "negative");
        {
            const weft::deadline limit(1ms);
            note_outcome(outcome_of([&] { group.wait_for(1h); }));
        }
        fiber other([&] { note_outcome(outcome_of([&] { group.wait_for(1h); })); });
        this_fiber::yield();
        other.cancel();
        other.join();
        note_time(group.wait_for(1h) ? "ended" : "?");
        group.spawn(thrower("failed", 0ms));
        note_time(group.wait_for(std::chrono::hours::max()) ? "ended" : "?");
        note_outcome(outcome_of([&] { group.join(); }));
    });
    BOOST_TEST(line() == "for@1 until@2 negative@2 timed_out@3 aborted@3 one@5 ended@5 ended@5 failed@5");
}

BOOST_AUTO_TEST_CASE(bounded_spawn_waits_for_room)
{
    run([this] {
        fiber_group group({.max_fibers = 2});
        for (int i = 0; i < 5; ++i)
        {
            group.spawn(sleeper(std::to_string(i), 2ms));
            note_time("spawned");
            BOOST_TEST(group.size() <= 2U);
        }
        group.join();
    });
    BOOST_TEST(line() == "spawned@0 spawned@0 0@2 1@2 spawned@2 spawned@2 2@4 3@4 spawned@4 4@6");
}

BOOST_AUTO_TEST_CASE(room_goes_to_whoever_waited_longest)
{
    run([this] {
        fiber_group group({.max_fibers = 0}); // counts as 1
        group.spawn(sleeper("first", 1ms));
        const auto spawner = [&](const char* name) { group.spawn(sleeper(name, 1ms)); };
        fiber a(spawner, "a");
        fiber b(spawner, "b");
        fiber c(spawner, "c");
        this_fiber::sleep_for(1ms);
        this_fiber::yield();
        spawner("late");
        group.join();
        a.join();
        b.join();
        c.join();
    });
    BOOST_TEST(line() == "first@1 a@2 b@3 c@4 late@5");
}

BOOST_AUTO_TEST_CASE(waiting_for_room_ends_with_the_group)
{
    run([this] {
        fiber_group group({.max_fibers = 1});
        group.spawn(thrower("failed", 2ms));
        fiber a([&] { note_outcome(outcome_of([&] { group.spawn([] {}); })); });
        fiber b([&] { note_outcome(outcome_of([&] { group.spawn([] {}); })); });
        note_outcome(outcome_of([&] { group.join(); }));
        a.join();
        b.join();
    });
    BOOST_TEST(line() == "failed@2 failed@2 failed@2");
}

BOOST_AUTO_TEST_CASE(waiting_for_room_is_bounded_and_loses_nothing)
{
    run([this] {
        fiber_group group({.max_fibers = 1});
        group.spawn(sleeper("first", 9ms));
        fiber other([&] {
            auto number = std::make_unique<int>(7);
            const auto spawn = [&] {
                group.spawn([this](const std::unique_ptr<int>& value) { note("value", *value); }, std::move(number));
            };
            {
                const weft::deadline limit(2ms);
                note_outcome(outcome_of(spawn));
            }
            BOOST_TEST((number != nullptr));
            note_outcome(outcome_of(spawn));
            BOOST_TEST((number != nullptr));
        });
        this_fiber::sleep_for(5ms);
        other.cancel();
        other.join();
        group.spawn(sleeper("next", 1ms));
        group.join();
    });
    BOOST_TEST(line() == "timed_out@2 aborted@5 first@9 next@10");
}

BOOST_AUTO_TEST_CASE(clean_up_belongs_to_the_fiber)
{
    run([this] {
        fiber_group group;
        weft::fiber_specific_ptr<witness> local([](witness* value) {
            const weft::cancellation_blocker blocker;
            this_fiber::sleep_for(1ms);
            delete value;
        });
        group.spawn([&local, this, mine = std::make_shared<witness>(*this, "capture")] {
            local.reset(new witness(*this, "local"));
        });
        group.join();
        note_time("joined");
    });
    BOOST_TEST(line() == "~capture ~local joined@1");
}

BOOST_AUTO_TEST_CASE(joining_from_inside_or_elsewhere_is_an_error)
{
    BOOST_TEST(error_of([] { const fiber_group group; }) == errc::operation_not_permitted);
    run([] {
        fiber_group group;
        group.spawn([&] {
            BOOST_TEST(error_of([&] { group.join(); }) == errc::resource_deadlock_would_occur);
            group.cancel();
            BOOST_TEST(error_of([&] { group.wait_for(1h); }) == errc::resource_deadlock_would_occur);
        });
        group.join();
        weft::spawn(weft::solo(weft::scheduler::current().get_executor()), [&] {
            BOOST_TEST(error_of([&] { group.join(); }) == errc::operation_not_permitted);
            BOOST_TEST(error_of([&] { group.spawn([] {}); }) == errc::operation_not_permitted);
        });
        this_fiber::sleep_for(1ms);
    });
}

BOOST_AUTO_TEST_CASE(members_spawn_and_others_join)
{
    run([this] {
        fiber_group outer;
        fiber_group inner;
        fiber waiter([&] {
            inner.spawn([] {});
            inner.join();
            note_time("inner");
        });
        outer.spawn([&] {
            this_fiber::yield();
            outer.spawn(sleeper("grandchild", 3ms));
            inner.spawn(sleeper("nephew", 2ms));
        });
        outer.join();
        note_time("outer");
        waiter.join();
    });
    BOOST_TEST(line().find("grandchild@3 outer@3") != std::string::npos, line());
}

// Each allocation fails in turn.
BOOST_AUTO_TEST_CASE(without_memory)
{
    if (!allocations_can_fail())
    {
        return;
    }
    bool is_over = false;
    for (std::uint64_t n = 1; n < 200 && !is_over; ++n)
    {
        auto alive = std::make_shared<int>(0);
        run([&] {
            fiber_group group;
            int spawned = 0;
            int ran = 0;
            fail_allocation(n);
            for (int i = 0; i < 20; ++i)
            {
                try
                {
                    group.spawn(weft::attributes{.name = "a name too long for a small string"},
                                [alive, &ran] { ++ran; });
                    ++spawned;
                }
                catch (const std::bad_alloc&)
                {
                }
            }
            is_over = fail_allocation(0) != 0;
            BOOST_TEST(group.size() == static_cast<std::size_t>(spawned));
            group.join();
            BOOST_TEST(ran == spawned);
            BOOST_TEST(spawned >= 19);
        });
        BOOST_TEST(alive.use_count() == 1);
    }
    BOOST_TEST(is_over);
}

BOOST_AUTO_TEST_CASE(no_allocation_but_the_record)
{
    run([] {
        const auto batch = [] {
            fiber_group group({.max_fibers = 8});
            for (int i = 0; i < 100; ++i)
            {
                group.spawn([] { this_fiber::yield(); });
            }
            group.join();
        };
        batch();
        const auto before = allocation_count();
        batch();
        BOOST_TEST(allocation_count() == before);
    });
}

BOOST_AUTO_TEST_SUITE_END()
