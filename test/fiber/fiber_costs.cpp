// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/mutex.hpp>

#include "support/child_process.hpp"
#include "support/sanitized.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <linux/seccomp.h>
#include <mutex>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

constexpr int done = 42;

std::size_t resident_bytes()
{
    std::ifstream statm("/proc/self/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

} // namespace

BOOST_AUTO_TEST_SUITE(fiber_costs)

// V2: a switch never enters the kernel. Fewer switches than a round has, because between two rounds the io_context asks
// for other events.
BOOST_AUTO_TEST_CASE(V2_no_system_call_for_a_switch)
{
    if (skipped_if_sanitized("they make system calls of their own"))
    {
        return;
    }
    const auto child = run_in_child([] {
        weft::run([] {
            weft::mutex mutex;
            weft::auto_reset_event ping;
            weft::auto_reset_event pong;
            fiber other([&] {
                for (;;)
                {
                    ping.wait();
                    const std::lock_guard guard(mutex);
                    this_fiber::yield();
                    pong.set();
                }
            });
            const auto play = [&] {
                for (int i = 0; i < 20; ++i)
                {
                    ping.set();
                    pong.wait();
                    const std::lock_guard guard(mutex);
                    this_fiber::yield();
                }
                // A stack is at hand now.
                fiber([] {}).join();
            };
            play();
            while (weft::scheduler::current().counters().rounds < 2)
            {
                this_fiber::yield(); // until a new round has begun
            }
            if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
            {
                std::fputs("seccomp is not to be had\n", stderr);
                ::_exit(done);
            }
            play();
            ::syscall(SYS_exit, done);
        });
    });
    BOOST_TEST(child.exited_with(done), child.errors);
}

// V6: 10 000 fibers cost about 40 MB of stack.
BOOST_AUTO_TEST_CASE(V6_resident_bytes_of_a_parked_fiber)
{
    if (skipped_if_sanitized("their shadow memory counts too"))
    {
        return;
    }
    constexpr std::size_t count = 10'000;
    std::size_t each = 0;
    weft::run([&each] {
        std::vector<fiber> parked;
        parked.reserve(count);
        weft::manual_reset_event event;
        const auto before = resident_bytes();
        for (std::size_t i = 0; i < count; ++i)
        {
            parked.emplace_back([&event] { event.wait(); });
        }
        this_fiber::yield();
        BOOST_TEST(weft::scheduler::current().counters().suspended == parked.size());
        each = (resident_bytes() - before) / count;
        event.set();
        join_all(parked);
    });
    std::printf("resident bytes of a parked fiber: %zu\n", each);
    BOOST_TEST(each >= 4096U);
    BOOST_TEST(each <= 3 * 4096U);
}

BOOST_AUTO_TEST_SUITE_END()
