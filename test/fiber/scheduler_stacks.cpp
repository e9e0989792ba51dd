// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/event.hpp>

#include "support/child_process.hpp"
#include "support/errors.hpp"
#include "support/sanitized.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::run_options;
using weft::stack_options;

namespace
{

/// Touches about that many bytes below the caller's frame.
[[gnu::noinline]] void go_down(std::size_t bytes)
{
    volatile std::byte frame[4096];
    asm volatile("" : : "r"(frame) : "memory"); // clang keeps only what is used of an array that nobody else sees
    frame[0] = std::byte{1};
    if (bytes > sizeof frame)
    {
        go_down(bytes - sizeof frame);
    }
    frame[1] = frame[0]; // not a tail call
}

constexpr std::size_t KiB = 1024;

} // namespace

BOOST_AUTO_TEST_SUITE(scheduler_stacks)

BOOST_AUTO_TEST_CASE(default_size_is_the_schedulers)
{
    if (skipped_if_sanitized("their frames are larger"))
    {
        return;
    }
    const auto descend = [](std::size_t stack_size, std::size_t depth) {
        return run_in_child([=] {
            weft::run([depth] { fiber([depth] { go_down(depth); }).join(); }, {.stacks = {.stack_size = stack_size}});
        });
    };
    BOOST_TEST(descend(64 * KiB, 32 * KiB).exited_with(0));
    BOOST_TEST(descend(64 * KiB, 100 * KiB).killed_by(SIGSEGV));
    BOOST_TEST(descend(1024 * KiB, 900 * KiB).exited_with(0));
}

BOOST_AUTO_TEST_CASE(explicit_sizes_are_kept_beside_another_default)
{
    if (skipped_if_sanitized("their frames are larger"))
    {
        return;
    }
    const auto child = run_in_child([] {
        weft::run(
            [] {
                fiber(weft::attributes{.stack_size = weft::default_stack_size}, [] { go_down(200 * KiB); }).join();
                fiber(weft::attributes{.stack_size = 64 * KiB}, [] { go_down(32 * KiB); }).join();
            },
            {.stacks = {.stack_size = 64 * KiB}});
    });
    BOOST_TEST(child.exited_with(0), child.errors);
}

BOOST_AUTO_TEST_CASE(sizes_that_cannot_be_are_refused)
{
    for (const std::size_t bad : {std::size_t{0}, std::size_t{1}, weft::minimum_stack_size() - 1, SIZE_MAX})
    {
        BOOST_TEST((error_of([bad] { weft::run([] {}, {.stacks = {.stack_size = bad}}); }) == errc::invalid_argument));
    }
    weft::run([] {
        for (const std::size_t bad : {std::size_t{1}, weft::minimum_stack_size() - 1, SIZE_MAX})
        {
            BOOST_TEST((error_of([bad] { fiber(weft::attributes{.stack_size = bad}, [] {}).join(); }) ==
                        errc::invalid_argument));
        }
        BOOST_TEST((error_of([] { fiber(weft::attributes{.stack_size = std::size_t{1} << 60}, [] {}).join(); }) ==
                    errc::not_enough_memory));
    });
}

BOOST_AUTO_TEST_CASE(no_more_stacks_than_was_said)
{
    weft::run(
        [] {
            weft::manual_reset_event go;
            std::size_t ran = 0;
            const auto body = [&] {
                go.wait();
                ++ran;
            };
            std::vector<fiber> all;
            // Waiting for their turn counts, and so do other sizes: who was started will run.
            all.emplace_back(body);
            all.emplace_back(weft::attributes{.stack_size = 100'000}, body);
            this_fiber::yield();
            all.emplace_back(weft::attributes{.stack_size = 200'000}, body);
            all.emplace_back(body); // the fifth stack is this fiber's
            for (const std::size_t size : {std::size_t{0}, std::size_t{100'000}, std::size_t{300'000}})
            {
                std::string message;
                try
                {
                    fiber(weft::attributes{.stack_size = size}, body).detach();
                }
                catch (const boost::system::system_error& error)
                {
                    BOOST_TEST((error.code() == errc::not_enough_memory));
                    message = error.what();
                }
                BOOST_TEST(message.find("max_stacks allows 5") != std::string::npos, message);
            }
            this_fiber::yield();
            BOOST_TEST(weft::scheduler::current().counters().suspended == 4U);
            BOOST_TEST((error_of([&] { fiber(weft::launch::dispatch, body).detach(); }) == errc::not_enough_memory));
            go.set();
            join_all(all);
            BOOST_TEST(ran == 4U);

            // The stack of the fiber that ended last is free too, whatever it is kept for.
            for (int round = 0; round != 3; ++round)
            {
                all.clear();
                for (int i = 0; i != 4; ++i)
                {
                    all.emplace_back([&ran] { ++ran; });
                }
                join_all(all);
            }
            BOOST_TEST(ran == 16U);
        },
        {.stacks = {.max_stacks = 5}});
}

BOOST_AUTO_TEST_CASE(chosen_while_there_are_no_fibers)
{
    boost::asio::io_context io(1);
    auto own = weft::scheduler::of(io);
    int ran = 0;
    for (const std::size_t size : {64 * KiB, 128 * KiB})
    {
        own.use_stacks({.stack_size = size, .max_resident_idle = 0});
        weft::spawn(io, [&] {
            BOOST_TEST((error_of([&] { own.use_stacks({}); }) == errc::device_or_resource_busy));
            fiber([&ran] { ++ran; }).join();
            ++ran;
        });
        io.run();
        io.restart();
    }
    BOOST_TEST(ran == 4);
    BOOST_TEST((error_of([&] { own.use_stacks({.stack_size = 1}); }) == errc::invalid_argument));
    weft::spawn(io, [&ran] { ++ran; }); // the refusal has changed nothing
    io.run();
    BOOST_TEST(ran == 5);
}

BOOST_AUTO_TEST_CASE(idle_ones_go_back_on_request_and_promises_are_kept)
{
    weft::run([] {
        std::size_t ran = 0;
        std::vector<fiber> all;
        weft::manual_reset_event go;
        for (int i = 0; i != 200; ++i)
        {
            all.emplace_back([&] { go.wait(); });
        }
        this_fiber::yield();
        go.set();
        join_all(all);
        all.clear();
        for (int i = 0; i != 20; ++i)
        {
            all.emplace_back([&ran] { ++ran; });
        }
        BOOST_TEST(weft::scheduler::current().release_idle_stacks() > 100U * weft::default_stack_size);
        join_all(all);
        BOOST_TEST(ran == 20U);
        BOOST_TEST(weft::scheduler::current().release_idle_stacks() > 0U);
        fiber([&ran] { ++ran; }).join();
        BOOST_TEST(ran == 21U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
