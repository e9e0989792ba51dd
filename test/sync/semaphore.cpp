// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/semaphore.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <limits>
#include <thread>
#include <tuple>
#include <type_traits>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::binary_semaphore;
using weft::counting_semaphore;
using weft::fiber;

namespace
{

using all_semaphores = std::tuple<binary_semaphore, counting_semaphore<3>, counting_semaphore<>>;

static_assert(std::is_same_v<binary_semaphore, counting_semaphore<1>>);
static_assert(counting_semaphore<>::max() == std::numeric_limits<std::ptrdiff_t>::max());
static_assert(counting_semaphore<3>::max() == 3);
static_assert(!std::is_copy_constructible_v<binary_semaphore> && !std::is_copy_assignable_v<binary_semaphore>);

} // namespace

BOOST_FIXTURE_TEST_SUITE(semaphore_counts, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(as_many_as_there_are, Semaphore, all_semaphores)
{
    Semaphore places(1);
    BOOST_TEST(places.try_acquire());
    BOOST_TEST(!places.try_acquire());
    places.release();
    places.release(0);
    places.acquire();
    BOOST_TEST(!places.try_acquire());
    Semaphore none(0);
    BOOST_TEST(!none.try_acquire());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(out_of_range_is_an_error_and_changes_nothing, Semaphore, all_semaphores)
{
    BOOST_TEST(error_of([] { Semaphore bad(-1); }) == errc::invalid_argument);
    Semaphore full(Semaphore::max());
    BOOST_TEST(error_of([&] { full.release(); }) == errc::invalid_argument);
    BOOST_TEST(error_of([&] { full.release(-1); }) == errc::invalid_argument);
    BOOST_TEST(error_of([&] { full.release(std::numeric_limits<std::ptrdiff_t>::min()); }) == errc::invalid_argument);
    full.release(0);
    full.acquire();
    full.release();
    BOOST_TEST(error_of([&] { full.release(); }) == errc::invalid_argument);
    if constexpr (Semaphore::max() < std::numeric_limits<std::ptrdiff_t>::max())
    {
        BOOST_TEST(error_of([] { Semaphore bad(Semaphore::max() + 1); }) == errc::invalid_argument);
        Semaphore empty(0);
        BOOST_TEST(error_of([&] { empty.release(Semaphore::max() + 1); }) == errc::invalid_argument);
        BOOST_TEST(!empty.try_acquire());
    }
}

WEFT_DRIVEN_TEST_CASE(several_at_once_wake_several_in_order)
{
    drive(driver, clock, [this] {
        counting_semaphore<10> places(0);
        std::vector<fiber> all;
        for (int i = 0; i != 5; ++i)
        {
            all.emplace_back([&, i] {
                places.acquire();
                note("w", i);
            });
        }
        this_fiber::sleep_for(1ms);
        places.release(2);
        this_fiber::sleep_for(1ms);
        note("two");
        places.release(5);
        join_all(all);
        note(places.try_acquire() && places.try_acquire() && !places.try_acquire() ? "two_left" : "?");
    });
    BOOST_TEST(line() == "w0 w1 two w2 w3 w4 two_left");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nobody_overtakes, Semaphore, all_semaphores)
{
    run([this] {
        Semaphore places(0);
        fiber waiter([&] {
            places.acquire();
            note("waiter");
        });
        this_fiber::yield();
        places.release();
        // It is the waiter's, although that has not run yet.
        note(places.try_acquire() ? "?" : "taken");
        waiter.join();
    });
    BOOST_TEST(line() == "taken waiter");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(those_who_give_up_do_not_hold_up_the_others, Semaphore, all_semaphores)
{
    run([this] {
        Semaphore places(0);
        std::vector<fiber> all;
        for (const auto patience : {10ms, 2ms, 10ms, 3ms})
        {
            all.emplace_back([&, patience, number = all.size()] {
                const bool got = places.try_acquire_for(patience);
                note(got ? "got" : "gave_up", static_cast<long long>(number));
                if (got)
                {
                    places.release();
                }
            });
        }
        this_fiber::sleep_for(5ms);
        places.release();
        join_all(all);
        BOOST_TEST(places.try_acquire());
        BOOST_TEST(!places.try_acquire());
    });
    BOOST_TEST(line() == "gave_up1 gave_up3 got0 got2");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(released_and_given_up_in_the_same_instant, Semaphore, all_semaphores)
{
    run([] {
        Semaphore places(0);
        fiber waiter([&] {
            if (places.try_acquire_for(5ms))
            {
                places.release();
            }
        });
        this_fiber::sleep_for(5ms);
        places.release();
        waiter.join();
        BOOST_TEST(places.try_acquire()); // whoever won
        BOOST_TEST(!places.try_acquire());
    });
}

// As a lock among threads and fibers of several schedulers.
BOOST_AUTO_TEST_CASE_TEMPLATE(no_more_than_there_are_at_once, Semaphore, all_semaphores)
{
    constexpr std::ptrdiff_t most = Semaphore::max() < 3 ? Semaphore::max() : 3;
    Semaphore places(most);
    std::atomic<std::ptrdiff_t> inside = 0;
    std::atomic<int> violations = 0;
    const auto work = [&] {
        for (int i = 0; i != 300; ++i)
        {
            if (i % 3 != 0 || !places.try_acquire())
            {
                places.acquire();
            }
            violations += ++inside > most ? 1 : 0;
            this_fiber::yield();
            --inside;
            places.release();
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i != 2; ++i)
    {
        threads.emplace_back(work);
    }
    threads.emplace_back([&work] {
        weft::run([&work] {
            std::vector<fiber> fibers;
            for (int i = 0; i != 3; ++i)
            {
                fibers.emplace_back(work);
            }
            join_all(fibers);
        });
    });
    run([&work] {
        std::vector<fiber> fibers;
        for (int i = 0; i != 3; ++i)
        {
            fibers.emplace_back(work);
        }
        join_all(fibers);
    });
    join_all(threads);
    BOOST_TEST(violations == 0);
    for (std::ptrdiff_t i = 0; i != most; ++i)
    {
        BOOST_TEST(places.try_acquire());
    }
    BOOST_TEST(!places.try_acquire());
}

BOOST_AUTO_TEST_SUITE_END()
