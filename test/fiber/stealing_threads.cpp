// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/fiber/work_stealing.hpp>

#include "support/errors.hpp"
#include "support/recorder.hpp"
#include "support/sanitized.hpp"
#include "support/virtual_time.hpp"
#include "team_member.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;

namespace
{

/// Runs `first` as a fiber of the first of several threads, and returns when it has ended.
template <class Algorithm>
void run_in_team(std::size_t threads, weft::movable which, const std::function<void()>& first,
                 std::uint64_t* moves = nullptr)
{
    weft::work_team team(which);
    {
        std::vector<std::unique_ptr<member>> members;
        for (std::size_t i = 0; i < threads; ++i)
        {
            members.push_back(std::make_unique<member>());
            members.back()->join<Algorithm>(team);
        }
        std::latch done(1);
        weft::spawn(members.front()->io, [&] {
            first();
            done.count_down();
        });
        for (auto& one : members)
        {
            one->start();
        }
        done.wait();
        for (auto& one : members)
        {
            one->finish();
        }
        for (auto& one : members)
        {
            BOOST_TEST(one->live() == 0U);
        }
    }
    if (moves != nullptr)
    {
        *moves = team.moves();
    }
}

std::uint64_t tree(std::uint64_t first, std::uint64_t leaves, const weft::attributes& how)
{
    if (leaves == 1)
    {
        return first;
    }
    constexpr std::size_t children = 4;
    std::array<std::uint64_t, children> parts{};
    std::array<fiber, children> fibers;
    for (std::size_t i = 0; i < children; ++i)
    {
        fibers[i] = fiber(how, [&parts, i, begin = first + i * leaves / children, share = leaves / children, &how] {
            parts[i] = tree(begin, share, how);
        });
    }
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < children; ++i)
    {
        fibers[i].join();
        sum += parts[i];
    }
    return sum;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stealing_threads)

constexpr std::uint64_t leaves = runs_sanitized ? 256 : 16384;

BOOST_AUTO_TEST_CASE(a_tree_that_moves_before_its_start)
{
    std::uint64_t sum = 0;
    run_in_team<weft::work_stealing>(3, weft::movable::before_start,
                                     [&] { sum = tree(0, leaves, weft::attributes()); });
    BOOST_TEST(sum == leaves * (leaves - 1) / 2);
}

BOOST_AUTO_TEST_CASE(a_tree_that_moves_always)
{
    std::uint64_t sum = 0;
    run_in_team<weft::work_stealing>(3, weft::movable::if_migratable, [&] { sum = tree(0, leaves, migratable); });
    BOOST_TEST(sum == leaves * (leaves - 1) / 2);
}

BOOST_AUTO_TEST_CASE(a_tree_in_one_queue)
{
    std::uint64_t sum = 0;
    run_in_team<weft::work_sharing>(3, weft::movable::if_migratable, [&] { sum = tree(0, leaves, migratable); });
    BOOST_TEST(sum == leaves * (leaves - 1) / 2);
}

// H1, H2: each keeps an exception in flight and its errno while it is handed from thread to thread.
BOOST_AUTO_TEST_CASE(yields_sleeps_and_wakes_while_they_move)
{
    constexpr int fibers = 24;
    constexpr int steps = 200;
    std::atomic<int> wrong{0};
    run_in_team<weft::work_stealing>(3, weft::movable::if_migratable, [&] {
        std::vector<fiber> all;
        for (int i = 0; i < fibers; ++i)
        {
            all.emplace_back(migratable, [&wrong, i] {
                for (int step = 0; step < steps; ++step)
                {
                    error_number() = i + 1;
                    try
                    {
                        throw i;
                    }
                    catch (int)
                    {
                        if (step % 16 == 0)
                        {
                            this_fiber::sleep_for(50us);
                        }
                        else if (step % 4 == 0)
                        {
                            fiber child(migratable, [] { this_fiber::yield(); });
                            child.join();
                        }
                        else
                        {
                            this_fiber::yield();
                        }
                        try
                        {
                            throw;
                        }
                        catch (int mine)
                        {
                            wrong += mine != i ? 1 : 0;
                        }
                    }
                    wrong += error_number() != i + 1 ? 1 : 0;
                }
            });
        }
        join_all(all);
    });
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(cancelled_from_another_thread_while_they_move)
{
    constexpr int fibers = 32;
    std::atomic<int> ended{0};
    run_in_team<weft::work_stealing>(3, weft::movable::if_migratable, [&] {
        std::vector<fiber> all;
        for (int i = 0; i < fibers; ++i)
        {
            all.emplace_back(migratable, [&ended] {
                try
                {
                    for (;;)
                    {
                        this_fiber::yield();
                        this_fiber::cancellation_point();
                    }
                }
                catch (const boost::system::system_error&)
                {
                    ++ended;
                }
            });
        }
        std::thread canceller([&all] {
            for (auto& one : all)
            {
                one.cancel();
                std::this_thread::yield();
            }
        });
        join_all(all);
        canceller.join();
    });
    BOOST_TEST(ended == fibers);
}

BOOST_AUTO_TEST_SUITE_END()
