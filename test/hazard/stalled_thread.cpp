// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H29: a fiber blocks its thread in a system call, or never yields, and all others wait. The watchdog says which fiber it
// is, where it was made and where it is.

#include <weft/debug/watchdog.hpp>
#include <weft/weft.hpp>

#include "support/sanitized.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace
{

constexpr auto limit = 100ms;

/// What a watchdog says of a fiber that stalls by calling `stall`, until `release` is called.
weft::debug::stall stall_of(const std::function<void()>& stall, const std::function<void()>& release)
{
    boost::asio::io_context io;
    auto scheduler = weft::scheduler::of(io);
    weft::debug::watchdog dog({.limit = limit, .interval = 0ns});
    dog.watch(scheduler);
    std::atomic<bool> begun = false;
    weft::spawn(io, weft::attributes{.name = "culprit"}, [&] {
        begun = true;
        stall();
    });
    std::thread driver([&io] { io.run(); });
    while (!begun)
    {
        std::this_thread::yield();
    }
    // The clock is ours, and the fiber makes no progress between two looks.
    const auto now = std::chrono::steady_clock::now();
    weft::debug::stall result;
    for (auto found = dog.check(now); result.lasted == 0ns; found = dog.check(now + limit))
    {
        for (const auto& one : found)
        {
            result = one;
        }
    }
    BOOST_TEST(dog.check(now + 10 * limit).empty()); // once
    BOOST_TEST(dog.counters().stalls == 1U);
    release();
    driver.join();
    return result;
}

void check(const weft::debug::stall& seen)
{
    BOOST_TEST(seen.lasted >= limit);
    BOOST_TEST(seen.thread != 0);
    if (!weft::test::runs_sanitized) // ThreadSanitizer delivers signals when the program calls something
    {
        BOOST_TEST_REQUIRE(seen.is_explained);
        BOOST_TEST(seen.fiber.starts_with("culprit#"));
        BOOST_TEST((seen.site.address != nullptr));
        BOOST_TEST(seen.calls.size() >= 2U);
        const auto text = to_string(seen);
        BOOST_TEST(text.find("fiber culprit#") != std::string::npos);
        BOOST_TEST(text.find("spawned at") != std::string::npos);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(stalled_thread)

BOOST_AUTO_TEST_CASE(H29_a_fiber_that_never_yields)
{
    std::atomic<bool> stop = false;
    check(stall_of(
        [&stop] {
            while (!stop)
            {
            }
        },
        [&stop] { stop = true; }));
}

BOOST_AUTO_TEST_CASE(H29_a_fiber_in_a_system_call)
{
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
    std::array<char, 1> byte{};
    ssize_t count = 0;
    check(stall_of([&] { count = ::read(ends[0], byte.data(), 1); }, // begun again after the signal
                   [&] { BOOST_TEST(::write(ends[1], "x", 1) == 1); }));
    BOOST_TEST(count == 1);
    ::close(ends[0]);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_SUITE_END()
