// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "lock_kinds.hpp"
#include "support/drivers.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <iterator>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

BOOST_FIXTURE_TEST_SUITE(mutex_contention, virtual_time)

// P4, P7: lock and unlock; first come, first served.
WEFT_DRIVEN_TEST_CASE_TEMPLATE(P4_W10_exact_order_under_contention, Kind, all_locks)
{
    drive(driver, clock, [this] {
        Kind mutex;
        std::vector<fiber> all;
        for (int i = 0; i < 4; ++i)
        {
            all.emplace_back([this, &mutex, i] {
                for (int n = 0; n < 3; ++n)
                {
                    const std::lock_guard guard(mutex);
                    note("f", i);
                    this_fiber::sleep_for(1ms);
                }
            });
        }
        join_all(all);
        note_time("end");
    });
    BOOST_TEST(line() == "f0 f1 f2 f3 f0 f1 f2 f3 f0 f1 f2 f3 end@12");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(threads_and_fibers_contend, Mutex, locks_for_threads)
{
    Mutex mutex;
    long counter = 0;
    constexpr int rounds = 200;
    const auto count = [&] {
        for (int i = 0; i < rounds; ++i)
        {
            const std::lock_guard guard(mutex);
            const long before = counter;
            this_fiber::yield();
            counter = before + 1;
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i)
    {
        threads.emplace_back(count);
    }
    run([&count] {
        std::vector<fiber> fibers;
        for (int i = 0; i < 3; ++i)
        {
            fibers.emplace_back(count);
        }
        join_all(fibers);
    });
    join_all(threads);
    BOOST_TEST(counter == 5 * rounds);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(held_across_waits, Mutex, all_locks)
{
    run([this] {
        Mutex mutex;
        fiber holder([&] {
            const std::lock_guard guard(mutex);
            note("in");
            this_fiber::sleep_for(5ms);
            this_fiber::yield();
            note_time("out");
        });
        this_fiber::yield();
        const std::lock_guard guard(mutex);
        note_time("main");
        holder.join();
    });
    BOOST_TEST(line() == "in out@5 main@5");
}

// V10: one fiber walks a list and blocks in a callback, another modifies the list.
WEFT_DRIVEN_TEST_CASE_TEMPLATE(V10_list_walk, Kind, all_locks)
{
    drive(driver, clock, [this] {
        Kind mutex;
        std::list<int> list{1, 2, 3};
        const auto walk = [&](auto callback) {
            const std::lock_guard guard(mutex);
            for (const int element : list)
            {
                callback(element);
            }
        };
        fiber walker([&] {
            walk([this](int element) {
                this_fiber::sleep_for(10ms); // as a write to a socket would
                note("sent", element);
            });
        });
        fiber modifier([&] {
            this_fiber::sleep_for(15ms); // in the middle of the walk
            note("modify");
            const std::lock_guard guard(mutex);
            list.erase(std::next(list.begin()));
            list.push_back(4);
            note_time("modified");
        });
        walker.join();
        modifier.join();
        walk([this](int element) { note("left", element); });
    });
    BOOST_TEST(line() == "sent1 modify sent2 sent3 modified@30 left1 left3 left4");
}

BOOST_AUTO_TEST_SUITE_END()
