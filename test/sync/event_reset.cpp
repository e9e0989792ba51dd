// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/event.hpp>

#include "support/drivers.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::auto_reset_event;
using weft::fiber;
using weft::manual_reset_event;

BOOST_FIXTURE_TEST_SUITE(manual_and_auto_reset, virtual_time)

WEFT_DRIVEN_TEST_CASE(V9_a_manual_one_lets_all_pass_until_it_is_reset)
{
    drive(driver, clock, [this] {
        manual_reset_event event;
        std::vector<fiber> all;
        for (int i = 0; i < 3; ++i)
        {
            all.emplace_back([&, i] {
                event.wait();
                note("w", i);
            });
        }
        this_fiber::sleep_for(1ms);
        event.set();
        event.reset(); // too late to hold those back
        note("reset");
        join_all(all);
        note(event.is_set() ? "?" : "not_set");
        event.set();
        event.wait();
        event.wait();
        note("passed");
    });
    BOOST_TEST(line() == "reset w0 w1 w2 not_set passed");
}

WEFT_DRIVEN_TEST_CASE(V9_an_auto_one_lets_one_pass_for_each_set)
{
    drive(driver, clock, [this] {
        auto_reset_event event;
        std::vector<fiber> all;
        for (int i = 0; i < 3; ++i)
        {
            all.emplace_back([&, i] {
                event.wait();
                note_time("w" + std::to_string(i));
            });
        }
        for (int i = 0; i < 3; ++i)
        {
            this_fiber::sleep_for(1ms);
            event.set();
            note(event.is_set() ? "?" : "used");
        }
        join_all(all);
    });
    BOOST_TEST(line() == "used w0@1 used w1@2 used w2@3");
}

BOOST_AUTO_TEST_CASE(setting_an_auto_one_twice_is_once)
{
    run([] {
        auto_reset_event event;
        event.set();
        event.set();
        BOOST_TEST(event.try_wait());
        BOOST_TEST(!event.try_wait());
        event.set();
        event.wait();
        BOOST_TEST(!event.is_set());
        BOOST_TEST(!event.wait_for(1ms));
    });
}

BOOST_AUTO_TEST_CASE(a_newcomer_does_not_overtake)
{
    run([this] {
        auto_reset_event event;
        fiber waiter([&] {
            event.wait();
            note("waiter");
        });
        this_fiber::yield();
        event.set();
        BOOST_TEST(!event.try_wait());
        BOOST_TEST(!event.wait_for(0s));
        waiter.join();
    });
    BOOST_TEST(line() == "waiter");
}

BOOST_AUTO_TEST_CASE(a_producer_and_a_consumer_take_turns)
{
    run([this] {
        auto_reset_event full;
        auto_reset_event empty;
        int slot = 0;
        empty.set();
        fiber producer([&] {
            for (int i = 1; i <= 4; ++i)
            {
                empty.wait();
                slot = i;
                full.set();
            }
        });
        for (int i = 1; i <= 4; ++i)
        {
            full.wait();
            note("got", slot);
            empty.set();
        }
        producer.join();
    });
    BOOST_TEST(line() == "got1 got2 got3 got4");
}

BOOST_AUTO_TEST_SUITE_END()
