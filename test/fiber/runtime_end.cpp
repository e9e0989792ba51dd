// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/runtime.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/wait_queue.hpp>

#include "support/child_process.hpp"
#include "support/emulated.hpp"
#include "support/errors.hpp"
#include "support/sanitized.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::runtime;

namespace
{

/// A child of a process that has had threads cannot have any under ThreadSanitizer.
bool cannot_watch_a_child()
{
#if defined(WEFT_TSAN)
    return skipped_if_sanitized("a child with threads");
#else
    return false;
#endif
}

bool is_poll(long number)
{
#if defined(SYS_epoll_wait)
    if (number == SYS_epoll_wait)
    {
        return true;
    }
#endif
    return number == SYS_epoll_pwait;
}

/// Whether every thread of this process but the first stands in a system call that only an event can end.
bool all_wait_without_limit()
{
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task"))
    {
        if (thread.path().filename() == std::to_string(::getpid()))
        {
            continue;
        }
        std::ifstream file(thread.path() / "syscall");
        long number = -1; // "running" is none
        std::array<std::string, 4> arguments;
        file >> number >> arguments[0] >> arguments[1] >> arguments[2] >> arguments[3];
        const auto limit = arguments[3].empty() ? 0 : std::stoull(arguments[3], nullptr, 16);
        if (!is_poll(number) || static_cast<std::int32_t>(limit) != -1)
        {
            return false;
        }
    }
    return true;
}

/// Seconds until the first of this process's timers that have a descriptor wakes somebody up.
long first_timer()
{
    long first = std::numeric_limits<long>::max();
    for (const auto& descriptor : std::filesystem::directory_iterator("/proc/self/fdinfo"))
    {
        std::ifstream file(descriptor.path());
        for (std::string line; std::getline(file, line);)
        {
            long seconds = 0;
            long nanoseconds = 0;
            if (std::sscanf(line.c_str(), "it_value: (%ld, %ld)", &seconds, &nanoseconds) == 2 &&
                (seconds != 0 || nanoseconds != 0))
            {
                first = std::min(first, seconds);
            }
        }
    }
    return first;
}

std::size_t address_space()
{
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// Returns what the limit was.
rlim_t limit_address_space(rlim_t bytes)
{
    rlimit limit{};
    ::getrlimit(RLIMIT_AS, &limit);
    const auto before = std::exchange(limit.rlim_cur, bytes);
    require_in_child(::setrlimit(RLIMIT_AS, &limit) == 0, "setrlimit");
    return before;
}

} // namespace

BOOST_AUTO_TEST_SUITE(runtime_end)

BOOST_AUTO_TEST_CASE(join_waits_for_what_is_spawned_meanwhile_and_for_what_that_makes)
{
    runtime workers{2};
    std::atomic<int> ended{0};
    std::function<void(int)> more = [&](int left) {
        if (left > 0)
        {
            workers.spawn(more, left - 1);
            this_fiber::yield();
        }
        else
        {
            weft::fiber([&] {
                this_fiber::sleep_for(1ms);
                ++ended;
            }).detach();
        }
        ++ended;
    };
    workers.spawn(more, 100);
    workers.join();
    BOOST_TEST(ended == 102);
    BOOST_TEST(workers.is_stopping());
}

BOOST_AUTO_TEST_CASE(within_the_grace_fibers_end_on_their_own)
{
    runtime workers({.workers = 2, .grace = 1h});
    weft::wait_queue go_on;
    std::atomic<bool> released{false};
    std::atomic<int> ended{0};
    for (int i = 0; i < 4; ++i)
    {
        workers.spawn([&] {
            go_on.wait_unless([&] { return released.load(); }, {});
            ++ended;
        });
    }
    boost::system::error_code late;
    workers.run([&] {
        workers.stop();
        workers.stop(); // again has no effect
        late = error_of([&] { workers.spawn([] {}); });
        released = true;
        go_on.notify_all();
    });
    BOOST_TEST((late == aborted));
    BOOST_TEST(ended == 4);
    BOOST_TEST(workers.counters().failed == 0U);
}

BOOST_AUTO_TEST_CASE(when_the_grace_is_over_they_are_cancelled)
{
    for (const auto grace : {0ms, 1ms})
    {
        runtime workers({.workers = 2, .grace = grace});
        std::atomic<int> canceled{0};
        std::atomic<int> cleaned_up{0};
        const auto forever = [&] {
            try
            {
                this_fiber::sleep_for(1h);
            }
            catch (const boost::system::system_error&)
            {
                canceled += this_fiber::cancel_reason() == weft::cancel_reasons::runtime_stopped ? 1 : 0;
                const weft::cancellation_blocker last_words;
                this_fiber::sleep_for(1us);
                ++cleaned_up;
                throw;
            }
        };
        for (int i = 0; i < 4; ++i)
        {
            workers.spawn(forever);
        }
        const auto result = workers.run([&] {
            weft::fiber(forever).detach();
            this_fiber::yield();
            return 7;
        });
        BOOST_TEST(result == 7);
        BOOST_TEST(canceled == 5);
        BOOST_TEST(cleaned_up == 5);
        BOOST_TEST(workers.counters().failed == 0U);
    }
}

BOOST_AUTO_TEST_CASE(a_second_stop_shortens_the_grace)
{
    runtime workers({.workers = 2, .grace = 1h});
    std::atomic<int> canceled{0};
    for (int i = 0; i < 4; ++i)
    {
        workers.spawn([&] { canceled += error_of([] { this_fiber::sleep_for(1h); }) == aborted ? 1 : 0; });
    }
    workers.start();
    while (workers.counters().live != 4) // each sleeps
    {
        std::this_thread::yield();
    }
    workers.stop();
    workers.stop(2h); // and does not lengthen it
    while (!workers.is_stopping())
    {
    }
    workers.stop(0s);
    workers.join();
    BOOST_TEST(canceled == 4);
}

BOOST_AUTO_TEST_CASE(run_reports_that_its_function_was_cancelled)
{
    runtime workers{2};
    workers.spawn_on(1, [&] {
        while (workers.counters(0).live == 0)
        {
            this_fiber::yield();
        }
        workers.stop(0s);
    });
    BOOST_TEST((error_of([&] { workers.run([] { this_fiber::sleep_for(1h); }); }) == aborted));
}

BOOST_AUTO_TEST_CASE(stopped_or_destroyed_before_it_was_started)
{
    auto held = std::make_shared<int>();
    {
        runtime workers{2};
        workers.spawn([held] {});
        workers.stop();
        BOOST_TEST((error_of([&] { workers.start(); }) == aborted));
        workers.join();
    }
    {
        runtime workers{2};
        workers.spawn([held] {});
    }
    BOOST_TEST(held.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(spawns_race_the_stop_and_none_is_lost)
{
    for (int round = 0; round < 20; ++round)
    {
        runtime workers({.workers = 2, .grace = 1h});
        workers.start();
        std::atomic<int> taken{0};
        std::atomic<int> ran{0};
        std::vector<std::thread> spawners;
        for (int i = 0; i < 2; ++i)
        {
            spawners.emplace_back([&] {
                try
                {
                    for (;;)
                    {
                        workers.spawn([&] { ++ran; });
                        ++taken;
                    }
                }
                catch (const boost::system::system_error&)
                {
                }
            });
        }
        while (taken < 100)
        {
            std::this_thread::yield();
        }
        workers.stop();
        for (auto& one : spawners)
        {
            one.join();
        }
        workers.join();
        BOOST_TEST(ran == taken);
    }
}

BOOST_AUTO_TEST_CASE(a_thread_that_cannot_be_created)
{
    if (skipped_if_sanitized("the address space cannot be limited") ||
        skipped_if_emulated("the address space cannot be limited"))
    {
        return;
    }
    const auto result = run_in_child([] {
        constexpr std::size_t count = 64;
        runtime workers{count};
        std::atomic<std::size_t> ran{0};
        for (std::size_t i = 0; i < count; ++i)
        {
            workers.spawn_on(i, [&] { ++ran; });
        }
        // A thread's stack has 8 MiB.
        const auto before = limit_address_space(address_space() + (std::size_t{100} << 20));
        const auto error = error_of([&] { workers.start(); });
        limit_address_space(before);
        require_in_child(error == errc::resource_unavailable_try_again, "a clear error");
        require_in_child(ran == 0, "nothing has run");
        workers.join();
        require_in_child(ran == count, "another attempt succeeds, and nothing is lost");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_CASE(one_of_its_own_fibers_cannot_destroy_it)
{
    if (cannot_watch_a_child())
    {
        return;
    }
    const auto result = run_in_child([] {
        auto workers = std::make_unique<runtime>(1);
        workers->spawn([&] { workers.reset(); });
        workers->join();
    });
    BOOST_TEST(result.killed_by(SIGABRT), result.errors);
}

// With nothing to do, nothing happens: all threads wait for events, and no timer is due for minutes. (Asio's reactor looks
// at the clock every five.)
BOOST_AUTO_TEST_CASE(an_idle_runtime_does_nothing_at_all)
{
    if (cannot_watch_a_child() || skipped_if_emulated("system calls are the emulator's"))
    {
        return;
    }
    const auto result = run_in_child([] {
        runtime workers{2};
        workers.start();
        workers.spawn_on(0, [] { this_fiber::sleep_for(1us); });
        workers.spawn_on(1, [] { this_fiber::sleep_for(1us); });
        auto parked = workers.make_fiber([] { this_fiber::sleep_for(24h); });
        while (workers.counters().ended != 2 || !all_wait_without_limit())
        {
            std::this_thread::yield();
        }
        const auto rounds = workers.counters().rounds;
        require_in_child(first_timer() > 60, "no timer is near");
        require_in_child(all_wait_without_limit(), "no thread has woken up");
        require_in_child(workers.counters().rounds == rounds, "no round has run");
        parked.cancel();
        parked.join();
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
