// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/async.hpp>
#include <weft/sync/packaged_task.hpp>
#include <weft/sync/promise.hpp>
#include <weft/sync/wait_all.hpp>
#include <weft/sync/wait_any.hpp>

#include "support/every_step.hpp"
#include "support/schedule_explorer.hpp"
#include "support/seed.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <optional>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::future;
using weft::promise;

namespace
{

/// What the future gives, or -1 if the promise is broken.
template <class Future>
int value_or_broken(Future& from)
{
    try
    {
        return from.get();
    }
    catch (const std::future_error&)
    {
        return -1;
    }
}

void explore(const std::function<void()>& scenario)
{
    const auto all = explore_all(3, scenario);
    BOOST_TEST(all.complete);
    BOOST_TEST(all.schedules > 10U);
    explore_random(seed("interrupted_futures"), 300, scenario);
}

} // namespace

// Whoever is interrupted, and wherever: each future gets a result or an error, none is lost, none comes twice.
BOOST_AUTO_TEST_SUITE(interrupted_futures)

BOOST_AUTO_TEST_CASE(given_from_fiber_to_fiber)
{
    check_all(every_step([] {
        promise<int> request;
        promise<int> answer;
        auto requested = request.get_future();
        auto replied = answer.get_future();
        int answered = 0;
        crew all;
        all.start([&, given = std::move(request), asked = std::move(replied)]() mutable {
            this_fiber::sleep_for(1ms);
            given.set_value(1);
            answered = value_or_broken(asked);
        });
        all.start([asked = std::move(requested), given = std::move(answer)]() mutable {
            const int value = value_or_broken(asked);
            this_fiber::sleep_for(1ms);
            given.set_value(value + 1);
        });
        all.join();
        require(answered == 2 || all.interrupted() != 0, "no answer");
    }));
}

BOOST_AUTO_TEST_CASE(shared_by_several)
{
    check_all(every_step([] {
        int got = 0;
        int broken = 0;
        crew all;
        std::optional<promise<int>> given(std::in_place);
        const auto result = given->get_future().share();
        for (int i = 0; i != 3; ++i)
        {
            all.start([&, mine = result] {
                const int value = value_or_broken(mine);
                require(value == 7 || value == -1, "another value");
                ++(value == 7 ? got : broken);
            });
        }
        all.start([mine = std::move(*given)]() mutable {
            this_fiber::sleep_for(1ms);
            mine.set_value(7);
        });
        given.reset();
        all.join();
        require(got == 0 || broken == 0, "the promise was kept and broken");
        require(got + broken + all.interrupted() >= 3, "somebody got nothing");
    }));
}

BOOST_AUTO_TEST_CASE(the_first_of_several)
{
    check_all(every_step([] {
        std::array<int, 3> taken{};
        crew all;
        all.start([&taken] {
            std::vector<future<int>> results;
            for (int i = 0; i != 3; ++i)
            {
                results.push_back(weft::async([i] {
                    this_fiber::sleep_for(std::chrono::milliseconds(3 - i));
                    return i;
                }));
            }
            int failed = 0;
            while (!results.empty())
            {
                const auto first = weft::wait_any(results);
                require(results[first].is_ready(), "the wrong one");
                try
                {
                    ++taken[static_cast<std::size_t>(results[first].get())];
                }
                catch (const boost::system::system_error& error)
                {
                    require(error.code() == boost::asio::error::operation_aborted, "another error");
                    ++failed;
                }
                catch (const std::future_error&)
                {
                    ++failed; // never started
                }
                results.erase(results.begin() + static_cast<std::ptrdiff_t>(first));
            }
            require(taken[0] + taken[1] + taken[2] + failed == 3, "a result is lost");
        });
        all.join();
    }));
}

BOOST_AUTO_TEST_CASE(a_task_that_waits)
{
    check_all(every_step([] {
        int got = 0;
        int failed = 0;
        crew all;
        weft::packaged_task<int()> task([] {
            this_fiber::sleep_for(1ms);
            return 5;
        });
        all.start([&, result = task.get_future()]() mutable {
            try
            {
                got = value_or_broken(result);
            }
            catch (const boost::system::system_error&)
            {
                ++failed;
                throw;
            }
        });
        all.start([mine = std::move(task)]() mutable { mine(); });
        all.join();
        require(got == 5 || got == -1 || failed == 1 || all.interrupted() != 0, "nothing came");
    }));
}

BOOST_AUTO_TEST_CASE(in_any_order_of_the_fibers)
{
    explore([] {
        std::optional<promise<int>> one(std::in_place);
        std::optional<promise<int>> other(std::in_place);
        auto first = one->get_future();
        auto second = other->get_future();
        int sum = 0;
        crew all;
        all.start([&] {
            const auto which = weft::wait_any(first, second);
            require((which == 0 ? first : second).is_ready(), "the wrong one");
            step();
            weft::wait_all(first, second);
            sum += first.get() + second.get();
        });
        // Whoever is woken may destroy the promise at once.
        all.start([&] {
            one->set_value(1);
            step();
        });
        all.start([&] {
            step();
            other->set_value(2);
        });
        all.join();
        require(sum == 3, "a result is lost");
    });
}

BOOST_AUTO_TEST_CASE(cancelled_in_any_order_of_the_fibers)
{
    explore([] {
        promise<int> given;
        auto result = given.get_future();
        bool got = false;
        crew all;
        all.start([&] {
            try
            {
                got = result.get() == 1;
            }
            catch (const boost::system::system_error&)
            {
                require(result.valid(), "the result is thrown away");
            }
        });
        all.start([&] {
            step();
            all.cancel(0);
        });
        all.start([&] {
            step();
            given.set_value(1);
        });
        all.join();
        require(got || result.get() == 1, "the result is lost");
    });
}

BOOST_AUTO_TEST_SUITE_END()
