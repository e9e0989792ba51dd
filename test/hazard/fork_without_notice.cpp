// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H18: after a bare fork both processes wait with one epoll instance and one timer, and the child takes what the parent
// waits for; and the child counts on threads that it does not have. weft::fork tells Asio and the blocking pools.

#include "io/support_io.hpp"
#include "support/errors.hpp"
#include "support/sanitized.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <latch>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::blocking_pool;

namespace
{

constexpr int limit_in_seconds = 60;

int status_of(pid_t child)
{
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    BOOST_TEST_REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/// For it a fiber is a thread, and after the fork of a process with several it has no new threads and ignores all
/// synchronisation, so that whatever the child does looks like a race.
bool must_skip_child()
{
#if defined(WEFT_TSAN)
    std::puts("skipped: ThreadSanitizer cannot follow the child");
    return true;
#else
    return false;
#endif
}

} // namespace

BOOST_AUTO_TEST_SUITE(fork_without_notice)

BOOST_AUTO_TEST_CASE(H18_each_process_has_its_own_timers)
{
    if (must_skip_child())
    {
        return;
    }
    asio::io_context io(1);
    int fired = 0;
    weft::spawn(io, [&] {
        this_fiber::sleep_for(20ms);
        ++fired;
    });
    asio::steady_timer plain(io, 20ms);
    plain.async_wait([&](const error_code& error) { fired += error ? 0 : 10; });
    io.poll();
    const auto child = weft::fork(io);
    if (child == 0)
    {
        ::alarm(limit_in_seconds);
        io.run();
        ::_exit(fired);
    }
    BOOST_TEST(status_of(child) == 11); // has had its events before the parent looks
    weft::test::drain(io);
    BOOST_TEST(fired == 11);
}

BOOST_AUTO_TEST_CASE(H18_each_process_has_its_own_events)
{
    if (must_skip_child())
    {
        return;
    }
    run_fibers([] {
        auto of_parent = weft::test::make_connection();
        auto of_child = weft::test::make_connection();
        std::array<char, 2> data{};
        const auto child = weft::fork();
        auto& mine = child == 0 ? of_child : of_parent;
        weft::fiber answering([&] { mine.server.write(asio::buffer("ok", 2)); });
        asio::read(mine.client, asio::buffer(data)); // waits
        answering.join();
        if (child == 0)
        {
            ::_exit(data[0] == 'o' && data[1] == 'k' ? 0 : 1);
        }
        BOOST_TEST(data[0] == 'o');
        BOOST_TEST(status_of(child) == 0);
    });
}

BOOST_AUTO_TEST_CASE(the_child_has_threads_of_its_own)
{
    if (must_skip_child())
    {
        return;
    }
    run_fibers([] {
        weft::blocking_call([] {}); // an idle thread, which the child does not have
        const auto child = weft::fork();
        if (child == 0)
        {
            ::alarm(limit_in_seconds);
            ::_exit(weft::blocking_call([] { return 5; }));
        }
        BOOST_TEST(weft::blocking_call([] { return 4; }) == 4);
        BOOST_TEST(status_of(child) == 5);
    });
}

BOOST_AUTO_TEST_CASE(calls_that_are_under_way)
{
    if (must_skip_child())
    {
        return;
    }
    run_fibers([] {
        blocking_pool::options bounds;
        bounds.max_threads = 1;
        blocking_pool pool(bounds);
        weft::manual_reset_event begun;
        std::latch go(1);
        error_code left_by;
        int queued_result = 0;
        weft::fiber running([&] {
            left_by = error_of([&] {
                pool.call([&] {
                    begun.set();
                    go.wait();
                });
            });
        });
        begun.wait();
        weft::fiber queued([&] { queued_result = pool.call([] { return 7; }); });
        this_fiber::yield();
        const auto child = weft::fork();
        if (child == 0)
        {
            ::alarm(limit_in_seconds);
            running.join();
            queued.join();
            ::_exit(left_by == aborted && queued_result == 7 ? 0 : 1);
        }
        BOOST_TEST(status_of(child) == 0);
        go.count_down();
        running.join();
        queued.join();
        BOOST_TEST(!left_by);
        BOOST_TEST(queued_result == 7);
    });
}

BOOST_AUTO_TEST_CASE(which_execution_context)
{
    BOOST_TEST(error_of([] { weft::fork(); }) == errc::operation_not_permitted);
}

BOOST_AUTO_TEST_SUITE_END()
