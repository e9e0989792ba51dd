// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_STRESS_CONTEXTS_HPP
#define WEFT_TEST_STRESS_CONTEXTS_HPP

#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>

#include "support/seed.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace weft::test
{

/// A fiber's own source of chance: the same sequence in every run with the same seed.
class chance
{
public:
    chance(std::uint64_t seed_of_test, std::size_t who) : engine_(seed_of_test + 0x9e3779b97f4a7c15U * (who + 1)) {}

    bool one_in(std::size_t n)
    {
        return below(n, engine_) == 0;
    }
    std::size_t up_to(std::size_t n)
    {
        return below(n + 1, engine_);
    }

private:
    std::mt19937_64 engine_;
};

/// Gives other fibers, other handlers or other threads a turn, or none.
inline void disturb(chance& random)
{
    switch (random.up_to(5))
    {
    case 0:
        this_fiber::yield();
        break;
    case 1:
        std::this_thread::yield();
        break;
    case 2:
        if (this_fiber::is_fiber())
        {
            // Leaves the round, and comes back through the executor.
            this_fiber::suspend(
                [](waker mine) { boost::asio::post(scheduler::current().get_executor(), [mine] { mine(); }); });
        }
        break;
    case 3:
        if (random.one_in(20))
        {
            this_fiber::sleep_for(std::chrono::microseconds(random.up_to(50)));
        }
        break;
    default:
        break;
    }
}

/// Several io_contexts, each with a thread of its own, or one with several threads. Work goes to them in turn; `run`
/// returns when all of it is done.
class contexts
{
public:
    contexts(std::size_t how_many, std::size_t threads_of_each) : threads_of_each_(threads_of_each)
    {
        for (std::size_t i = 0; i < how_many; ++i)
        {
            all_.emplace_back();
        }
        position_ = all_.begin();
    }

    boost::asio::io_context& next()
    {
        auto& chosen = *position_++;
        if (position_ == all_.end())
        {
            position_ = all_.begin();
        }
        return chosen;
    }

    void run()
    {
        std::vector<std::thread> threads;
        for (auto& one : all_)
        {
            for (std::size_t i = 0; i < threads_of_each_; ++i)
            {
                threads.emplace_back([&one] { one.run(); });
            }
        }
        for (auto& one : threads)
        {
            one.join();
        }
        for (auto& one : all_)
        {
            BOOST_TEST(one.stopped());
            BOOST_TEST(scheduler::of(one).counters().live == 0U);
            one.restart();
            BOOST_TEST(one.poll() == 0U);
            one.restart();
        }
    }

private:
    const std::size_t threads_of_each_;
    std::list<boost::asio::io_context> all_;
    std::list<boost::asio::io_context>::iterator position_;
};

} // namespace weft::test

#endif
