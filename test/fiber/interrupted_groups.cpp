// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/every_step.hpp"
#include "support/schedule_explorer.hpp"
#include "support/seed.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <stop_token>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber_group;

namespace
{

/// Counts what is alive.
class living
{
public:
    explicit living(int& count) : count_(count)
    {
        ++count_;
    }
    living(const living& other) : living(other.count_) {}
    living& operator=(const living&) = delete;
    ~living()
    {
        --count_;
    }

private:
    int& count_;
};

} // namespace

// Whoever is interrupted, and wherever: no fiber outlives its group, no function object is left.
BOOST_AUTO_TEST_SUITE(interrupted_groups)

BOOST_AUTO_TEST_CASE(joined_with_bounded_concurrency)
{
    check_all(every_step([] {
        int alive = 0;
        int ended = 0;
        int interrupted = 0;
        crew all;
        all.start([&] {
            {
                fiber_group group({.max_fibers = 2});
                for (int i = 0; i != 4; ++i)
                {
                    group.spawn([&, mine = living(alive)] {
                        try
                        {
                            this_fiber::sleep_for(1ms);
                            this_fiber::sleep_for(1ms);
                            ++ended;
                        }
                        catch (...)
                        {
                            ++interrupted;
                            throw;
                        }
                    });
                    require(group.size() <= 2, "too many at a time");
                }
                group.join();
                require(group.empty(), "somebody is left after join");
            }
            require(alive == 0, "somebody is left after the group");
        });
        all.join();
        require(ended == 4 || interrupted + all.interrupted() != 0, "somebody has not ended");
    }));
}

BOOST_AUTO_TEST_CASE(left_to_the_end_of_the_scope)
{
    check_all(every_step([] {
        int alive = 0;
        crew all;
        for (int i = 0; i != 2; ++i)
        {
            all.start([&alive, i] {
                int mine = 0;
                {
                    fiber_group outer;
                    outer.spawn([&] {
                        fiber_group inner;
                        inner.spawn([keep = living(mine)] { this_fiber::sleep_for(2ms); });
                        this_fiber::sleep_for(1ms);
                    });
                    outer.spawn([keep = living(mine)] { this_fiber::sleep_for(1ms); });
                    if (i == 0)
                    {
                        this_fiber::sleep_for(1ms);
                        outer.cancel();
                    }
                }
                require(mine == 0, "somebody is left");
                static_cast<void>(living(alive));
            });
        }
        all.join();
        require(alive == 0, "somebody is left");
    }));
}

BOOST_AUTO_TEST_CASE(a_deadline_ends_it)
{
    check_all(every_step([] {
        int alive = 0;
        crew all;
        all.start([&alive] {
            const weft::deadline limit(3ms);
            fiber_group group;
            group.spawn([mine = living(alive)] { this_fiber::sleep_for(1ms); });
            group.spawn([mine = living(alive)] { this_fiber::sleep_for(1h); });
            try
            {
                group.join();
                require(this_fiber::cancellation_requested() || alive == 0, "joined too early");
            }
            catch (const boost::system::system_error& error)
            {
                require(alive == 0, "somebody is left");
                if (error.code() != boost::asio::error::timed_out)
                {
                    throw;
                }
            }
        });
        all.join();
        require(alive == 0, "somebody is left");
    }));
}

BOOST_AUTO_TEST_CASE(in_any_order_of_the_fibers)
{
    const auto scenario = [] {
        int alive = 0;
        int others = 0;
        int failures = 0;
        crew all;
        all.start([&] {
            fiber_group group({.max_fibers = 2});
            try
            {
                for (int i = 0; i != 3; ++i)
                {
                    group.spawn([i, mine = living(alive)] {
                        step();
                        if (i == 1)
                        {
                            throw 1;
                        }
                        this_fiber::sleep_for(1ms);
                    });
                    step();
                }
                group.join();
            }
            catch (int)
            {
                ++failures;
            }
            try
            {
                group.join();
            }
            catch (int)
            {
                ++failures;
            }
            require(group.empty() && alive == 0, "somebody is left");
        });
        all.start([&] {
            fiber_group group;
            group.spawn([mine = living(others)] { this_fiber::sleep_for(1ms); });
            step();
            group.cancel();
            step();
            group.join();
        });
        all.join();
        require(failures >= 1, "the failure is lost");
        require(alive + others == 0, "somebody is left");
    };
    const auto done = explore_all(2, scenario);
    BOOST_TEST(done.complete);
    BOOST_TEST(done.schedules > 10U);
    explore_random(seed("interrupted_groups"), 300, scenario);
}

BOOST_AUTO_TEST_SUITE_END()
