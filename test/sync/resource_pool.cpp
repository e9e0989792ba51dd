// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/resource_pool.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::resource_pool;

namespace
{

struct connection
{
    explicit connection(int n) : number(n)
    {
        ++alive;
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection()
    {
        --alive;
    }
    static inline int alive = 0;
    int number;
};

struct pooling : virtual_time
{
    ~pooling()
    {
        BOOST_TEST(connection::alive == 0);
    }
    int made = 0;
    auto maker()
    {
        return [this] { return connection(made++); };
    }
};

} // namespace

// V16: an object pool with timed acquire.
BOOST_FIXTURE_TEST_SUITE(resource_pools, pooling)

BOOST_AUTO_TEST_CASE(V16_made_when_needed_and_lent_again_while_warm)
{
    resource_pool<connection> pool(2, maker());
    BOOST_TEST(pool.size() == 2U);
    BOOST_TEST(pool.available() == 2U);
    BOOST_TEST(connection::alive == 0);
    auto first = pool.acquire();
    BOOST_TEST(first->number == 0);
    auto second = pool.acquire();
    BOOST_TEST((*second).number == 1);
    BOOST_TEST(!pool.try_acquire());
    BOOST_TEST(pool.available() == 0U);
    first.give_back();
    BOOST_TEST(!first);
    second = {};
    BOOST_TEST(pool.acquire()->number == 1);
    BOOST_TEST(made == 2);
}

BOOST_AUTO_TEST_CASE(V16_acquired_in_time_or_not)
{
    run([this] {
        resource_pool<connection> pool(1, maker());
        auto lent = pool.acquire();
        BOOST_TEST(!pool.acquire_for(2ms));
        BOOST_TEST(!pool.acquire_until(clock.now() + 1ms));
        note_time("waited");
        fiber other([&] {
            const auto mine = pool.acquire_for(1h);
            note_time(mine && mine->number == 0 ? "got" : "?");
        });
        this_fiber::sleep_for(4ms);
        lent.give_back();
        other.join();
        lent = pool.acquire();
        {
            const weft::deadline limit(1ms);
            note_time(error_of([&] { pool.acquire(); }) == timed_out ? "deadline" : "?");
        }
        fiber canceled([&] { note(error_of([&] { pool.acquire(); }) == aborted ? "aborted" : "?"); });
        this_fiber::yield();
        canceled.cancel();
        canceled.join();
        lent.give_back();
        BOOST_TEST(pool.available() == 1U);
    });
    BOOST_TEST(line() == "waited@3 got@7 deadline@8 aborted");
}

BOOST_AUTO_TEST_CASE(V16_served_in_order)
{
    run([this] {
        resource_pool<connection> pool(1, maker());
        auto lent = pool.acquire();
        std::vector<fiber> all;
        for (int i = 0; i < 3; ++i)
        {
            all.emplace_back([&, i] {
                const auto mine = pool.acquire();
                note("", i);
                this_fiber::yield();
            });
        }
        this_fiber::yield();
        lent.give_back();
        join_all(all);
    });
    BOOST_TEST(line() == "0 1 2");
}

BOOST_AUTO_TEST_CASE(a_broken_one_is_replaced)
{
    resource_pool<connection> pool(1, maker());
    auto lent = pool.acquire();
    lent.discard();
    BOOST_TEST(connection::alive == 0);
    BOOST_TEST(pool.acquire()->number == 1);
}

BOOST_AUTO_TEST_CASE(making_one_fails)
{
    bool fails = true;
    resource_pool<connection> pool(1, [&] {
        if (std::exchange(fails, false))
        {
            throw std::runtime_error("no connection");
        }
        return connection(7);
    });
    BOOST_CHECK_THROW(pool.acquire(), std::runtime_error);
    BOOST_TEST(pool.available() == 1U);
    BOOST_TEST(pool.acquire()->number == 7);
    BOOST_TEST(error_of([] { resource_pool<connection> none(0, [] { return connection(0); }); }) ==
               errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(closed)
{
    run([this] {
        resource_pool<connection> pool(2, maker());
        auto lent = pool.acquire();
        {
            const auto unused = pool.acquire();
        }
        auto second = pool.acquire();
        fiber waiting([&] { note(pool.acquire() ? "?" : "nothing"); });
        this_fiber::yield();
        pool.close();
        waiting.join();
        BOOST_TEST(!pool.try_acquire());
        BOOST_TEST(lent->number == 0);
        lent.give_back();
        BOOST_TEST(connection::alive == 1);
    });
    BOOST_TEST(line() == "nothing");
}

BOOST_AUTO_TEST_CASE(lent_to_threads)
{
    struct slot
    {
        std::atomic<int> users{0};
    };
    resource_pool<slot> pool(2, [] { return slot{}; });
    std::atomic<bool> shared{false};
    std::vector<std::thread> all;
    for (int i = 0; i < 4; ++i)
    {
        all.emplace_back([&] {
            for (int turn = 0; turn < 500; ++turn)
            {
                const auto mine = pool.acquire();
                shared = shared || mine->users.fetch_add(1) != 0;
                mine->users.fetch_sub(1);
            }
        });
    }
    join_all(all);
    BOOST_TEST(!shared);
    BOOST_TEST(pool.available() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
