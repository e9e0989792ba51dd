// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H23: a sanitizer that is not told of a switch mistakes one stack for another. These are the patterns that went wrong
// somewhere: they run in every build, and mean something in those with AddressSanitizer or ThreadSanitizer.
//
// AddressSanitizer: without the announcements around the jump, the throws below make it "forget" the poison of the
// wrong stack, and report the next deep frame on it. ThreadSanitizer: a switch inside instrumented code pops the shadow
// call stack of another fiber, and more than 8,128 fibers at the same time are too many.

#include <weft/context/detail/sanitizer.hpp>

#include "io/support_io.hpp"
#include "support/child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <cstddef>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::test::run_fibers;
using weft::test::run_in_child;

namespace
{

/// Frames with redzones around their arrays, down to `depth`; at the bottom `act` runs.
template <class Act>
__attribute__((noinline)) int descend(int depth, Act& act)
{
    std::array<int, 32> local{};
    std::iota(local.begin(), local.end(), depth);
    asm volatile("" : : "r"(local.data()) : "memory");
    if (depth == 0)
    {
        act();
    }
    else
    {
        local[1] += descend(depth - 1, act);
    }
    return local[static_cast<std::size_t>(depth) % 32U] + local[0];
}

constexpr int deep = 60;

void yield_deep()
{
    auto act = [] { this_fiber::yield(); };
    descend(deep, act);
}

/// Else compilers find that descend() never returns, and call that an endless recursion.
volatile bool always = true;

void throw_deep()
{
    auto act = [] {
        this_fiber::yield();
        if (always)
        {
            throw std::length_error("from the depth");
        }
    };
    BOOST_CHECK_THROW(descend(deep, act), std::length_error);
}

void sum_deep()
{
    auto act = [] {};
    BOOST_TEST(descend(deep, act) != 0);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sanitizer_switch)

BOOST_AUTO_TEST_CASE(in_deep_frames)
{
    run_fibers([] {
        std::vector<weft::fiber> fibers;
        for (int i = 0; i < 10; ++i)
        {
            fibers.emplace_back([] {
                for (int round = 0; round < 10; ++round)
                {
                    yield_deep();
                }
            });
        }
        yield_deep();
        for (auto& one : fibers)
        {
            one.join();
        }
    });
}

BOOST_AUTO_TEST_CASE(after_a_throw_on_the_same_stack)
{
    run_fibers([] {
        weft::fiber thrower([] {
            for (int i = 0; i < 10; ++i)
            {
                throw_deep();
                sum_deep();
                yield_deep();
                sum_deep();
            }
        });
        for (int i = 0; i < 10; ++i)
        {
            sum_deep();
            this_fiber::yield();
            throw_deep();
        }
        thrower.join();
    });
}

BOOST_AUTO_TEST_CASE(after_a_throw_on_the_stack_of_the_thread)
{
    asio::io_context io;
    weft::manual_reset_event event;
    weft::spawn(io, [&] {
        auto act = [&] { event.wait(); };
        descend(deep, act);
        throw_deep();
    });
    io.poll();
    auto act = [] {
        if (always)
        {
            throw std::length_error("the thread's");
        }
    };
    BOOST_CHECK_THROW(descend(deep, act), std::length_error);
    event.set();
    weft::test::drain(io);
    sum_deep();
}

BOOST_AUTO_TEST_CASE(on_a_stack_that_is_used_again)
{
    run_fibers([] {
        for (int i = 0; i < 20; ++i)
        {
            weft::fiber(throw_deep).join();
            weft::fiber(sum_deep).join();
            weft::fiber([] { yield_deep(); }).join();
        }
    });
}

BOOST_AUTO_TEST_CASE(on_a_stack_that_was_unwound_by_the_end_of_its_scheduler)
{
    for (int i = 0; i < 5; ++i)
    {
        asio::io_context io;
        weft::spawn(io, [] {
            auto act = [] { this_fiber::sleep_for(std::chrono::hours(1)); };
            descend(deep, act);
        });
        io.poll();
    }
    run_fibers(sum_deep);
}

BOOST_AUTO_TEST_CASE(of_rounds_that_move_between_threads)
{
    asio::io_context io;
    weft::auto_reset_event event;
    bool done = false;
    weft::spawn(io, [&] {
        for (int i = 0; i < 20; ++i)
        {
            auto act = [&] { event.wait(); };
            descend(deep, act);
            throw_deep();
        }
        done = true;
    });
    while (!done)
    {
        event.set();
        std::thread([&] { io.poll(); }).join();
        io.restart();
    }
}

BOOST_AUTO_TEST_CASE(of_more_fibers_than_a_tool_has_room_for_at_once)
{
    int count = 0;
    run_fibers([&count] {
        for (int i = 0; i < 100; ++i)
        {
            std::vector<weft::fiber> some;
            for (int j = 0; j < 100; ++j)
            {
                some.emplace_back([&count] {
                    this_fiber::yield();
                    ++count;
                });
            }
            for (auto& one : some)
            {
                one.join();
            }
        }
    });
    BOOST_TEST(count == 10000);
}

BOOST_AUTO_TEST_CASE(of_plain_data_that_fibers_of_one_scheduler_share)
{
    // Rounds on different threads; ThreadSanitizer must see that one happens before the next.
    asio::io_context io;
    long shared = 0;
    for (int i = 0; i < 8; ++i)
    {
        weft::spawn(io, [&] {
            for (int j = 0; j < 200; ++j)
            {
                ++shared;
                asio::post(weft::this_executor(), weft::use_fiber);
            }
        });
    }
    std::thread second([&] { io.run(); });
    weft::test::drain(io);
    second.join();
    BOOST_TEST(shared == 1600);
}

#if defined(WEFT_ASAN)

/// In a frame of its own: the marks of those that an exception has passed are gone.
[[gnu::noinline]] void write_beyond()
{
    std::array<char, 16> local{};
    char* beyond = local.data() + 16;
    asm volatile("" : "+r"(beyond) : : "memory"); // nobody knows any more how much room there is
    beyond[4] = 'x';
}

BOOST_AUTO_TEST_CASE(leaves_the_sanitizer_able_to_find_errors)
{
    const auto result = run_in_child([] {
        weft::run([] {
            throw_deep();
            write_beyond();
        });
    });
    BOOST_TEST(result.errors.find("stack-buffer-overflow") != std::string::npos, result.errors);
}

#endif

BOOST_AUTO_TEST_SUITE_END()
