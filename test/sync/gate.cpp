// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/gate.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"
#include "support/every_step.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::gate;

static_assert(!std::is_copy_constructible_v<gate> && !std::is_move_constructible_v<gate>);
static_assert(std::is_nothrow_move_constructible_v<gate::pass> && !std::is_copy_constructible_v<gate::pass>);

BOOST_FIXTURE_TEST_SUITE(gate_users, virtual_time)

BOOST_AUTO_TEST_CASE(enter_leave_and_close)
{
    gate users;
    BOOST_TEST(users.try_enter());
    users.enter();
    BOOST_TEST(users.users() == 2U);
    BOOST_TEST(!users.is_closed());
    users.close();
    users.close();
    BOOST_TEST(users.is_closed());
    BOOST_TEST(!users.try_enter());
    BOOST_TEST(error_of([&] { users.enter(); }) == errc::operation_not_permitted);
    BOOST_TEST(error_of([&] { gate::pass late(users); }) == errc::operation_not_permitted);
    users.leave();
    users.leave();
    BOOST_TEST(users.users() == 0U);
    users.wait();
    BOOST_TEST(error_of([&] { users.leave(); }) == errc::operation_not_permitted);
    BOOST_TEST(!users.try_enter());
}

BOOST_AUTO_TEST_CASE(passes_move)
{
    gate users;
    {
        gate::pass one(users);
        gate::pass other(std::move(one));
        BOOST_TEST(users.users() == 1U);
        gate::pass second(users);
        second = std::move(other);
        BOOST_TEST(users.users() == 1U);
    }
    BOOST_TEST(users.users() == 0U);
}

WEFT_DRIVEN_TEST_CASE(W10_waits_until_all_users_are_gone)
{
    drive(driver, clock, [this] {
        gate users;
        std::vector<fiber> all;
        for (int i = 0; i != 3; ++i)
        {
            all.emplace_back([&, i] {
                const gate::pass inside(users);
                this_fiber::sleep_for(std::chrono::milliseconds(i + 1));
                note("left", i);
            });
        }
        this_fiber::yield();
        users.close();
        fiber late([&] { note(users.try_enter() ? "?" : "refused"); });
        users.wait();
        note_time("gone");
        late.join();
        join_all(all);
    });
    BOOST_TEST(line() == "refused left0 left1 left2 gone@3");
}

// Without closing it, a wait is for one instant without users.
BOOST_AUTO_TEST_CASE(an_open_one_can_be_waited_for_again)
{
    run([this] {
        gate users;
        for (int i = 0; i != 2; ++i)
        {
            fiber user([&] {
                const gate::pass inside(users);
                this_fiber::sleep_for(1ms);
            });
            this_fiber::yield();
            users.wait();
            note_time("empty");
            user.join();
        }
    });
    BOOST_TEST(line() == "empty@1 empty@2");
}

BOOST_AUTO_TEST_CASE(several_wait)
{
    run([this] {
        gate users;
        users.enter();
        std::vector<fiber> all;
        for (int i = 0; i != 3; ++i)
        {
            all.emplace_back([&, i] {
                users.wait();
                note("w", i);
            });
        }
        this_fiber::yield();
        users.leave();
        join_all(all);
    });
    BOOST_TEST(line() == "w0 w1 w2");
}

BOOST_AUTO_TEST_CASE(H12_destroyed_while_the_last_one_leaves)
{
    for (int i = 0; i != 200; ++i)
    {
        auto users = std::make_unique<gate>();
        std::vector<std::thread> threads;
        for (int n = 0; n != 2; ++n)
        {
            users->enter();
            threads.emplace_back([inner = users.get()] { inner->leave(); });
        }
        users->close();
        users->wait();
        users.reset();
        join_all(threads);
    }
}

BOOST_AUTO_TEST_CASE(interrupted_at_every_step)
{
    const auto done = every_step([] {
        gate users;
        int inside = 0;
        bool gone = false;
        crew all;
        for (int i = 0; i != 2; ++i)
        {
            all.start([&] {
                const gate::pass pass(users);
                ++inside;
                const counted_down leaving{inside};
                this_fiber::sleep_for(1ms);
                require(!gone, "used after its end");
            });
        }
        all.start([&] {
            this_fiber::yield();
            users.close();
            users.wait();
            require(inside == 0, "somebody is inside");
            gone = true;
        });
        all.join();
        require(gone || all.interrupted() != 0, "the gate did not open");
        require(users.users() == 0, "somebody did not leave");
    });
    BOOST_TEST(done.while_waiting > 0);
}

BOOST_AUTO_TEST_SUITE_END()
