// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H2: a compiler may keep the address of a thread-local variable, errno's among them, over a call in which the fiber
// moves to another thread. weft reads its own through functions that are never inlined, and keeps errno per fiber.
//
// This file is compiled as for a shared library (see CMakeLists.txt), where the hazard is real: with current_core()
// made an inline function that returns the variable, `weft_knows_where_it_runs` finds stale schedulers.

#include "io/support_io.hpp"

#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <thread>
#include <unistd.h>
#include <vector>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

// glibc declares the function behind errno as one whose result never changes; the compiler must not know.
__attribute__((noinline)) int& error_number()
{
    asm volatile("" ::: "memory");
    return errno;
}

/// A fiber, and an executor that is driven by a new thread for each of its steps.
struct moving_fiber
{
    asio::io_context io;
    weft::auto_reset_event go_on;

    /// Runs `body`, each `go_on.wait()` of which continues on another thread.
    template <class Body>
    void run(Body body)
    {
        weft::spawn(io, body);
        step();
        while (weft::scheduler::of(io).counters().live > 0)
        {
            go_on.set();
            step();
        }
    }

    void step()
    {
        std::thread([this] {
            io.restart();
            io.poll();
        }).join();
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(thread_local_address, moving_fiber)

BOOST_AUTO_TEST_CASE(weft_knows_where_it_runs)
{
    int stale = 0;
    std::vector<pid_t> threads;
    run([&] {
        const auto own_scheduler = weft::scheduler::current();
        const auto own_id = this_fiber::get_id();
        for (int i = 0; i < 100; ++i)
        {
            stale += weft::detail::current_core() != &own_scheduler.core() ? 1 : 0;
            stale += this_fiber::get_id() != own_id || !this_fiber::is_fiber() ? 1 : 0;
            threads.push_back(::gettid());
            go_on.wait();
        }
    });
    BOOST_TEST(stale == 0);
    int moves = 0;
    for (std::size_t i = 1; i < threads.size(); ++i)
    {
        moves += threads[i] != threads[i - 1] ? 1 : 0;
    }
    BOOST_TEST(moves == 99); // else the test shows nothing
}

BOOST_AUTO_TEST_CASE(threads_are_no_fibers_afterwards)
{
    bool leftover = false;
    weft::spawn(io, [&] { go_on.wait(); });
    std::thread([&] {
        io.poll();
        leftover = this_fiber::is_fiber();
    }).join();
    BOOST_TEST(!leftover);
    BOOST_TEST(!this_fiber::is_fiber());
    go_on.set();
    weft::test::drain(io);
    BOOST_TEST(!this_fiber::is_fiber());
}

BOOST_AUTO_TEST_CASE(errno_stays_with_the_fiber)
{
    int lost = 0;
    run([&] {
        for (int i = 1; i <= 100; ++i)
        {
            error_number() = i;
            go_on.wait();
            lost += error_number() != i ? 1 : 0;
        }
    });
    BOOST_TEST(lost == 0);
}

BOOST_AUTO_TEST_CASE(errno_of_fibers_on_one_thread)
{
    weft::test::run_fibers([] {
        error_number() = EDOM;
        const auto keep = [](int own) {
            const auto at_start = error_number();
            BOOST_TEST(at_start == 0);
            error_number() = own;
            this_fiber::yield();
            const auto afterwards = error_number();
            BOOST_TEST(afterwards == own);
        };
        weft::fiber a(keep, EPERM);
        weft::fiber b(keep, ENOENT);
        a.join();
        b.join();
        const auto mine = error_number();
        BOOST_TEST(mine == EDOM);
    });
}

BOOST_AUTO_TEST_CASE(errno_of_the_thread_below_is_left_alone)
{
    asio::io_context io_of_this_thread;
    int after = 0;
    asio::post(io_of_this_thread, [&] {
        error_number() = EBADMSG;
        weft::run([] {
            error_number() = EPERM;
            this_fiber::yield();
        });
        after = error_number();
    });
    io_of_this_thread.run();
    BOOST_TEST(after == EBADMSG);
}

BOOST_AUTO_TEST_CASE(fiber_specific_ptr_stays_with_the_fiber)
{
    weft::fiber_specific_ptr<int> value;
    int lost = 0;
    run([&] {
        value.reset(new int(5));
        for (int i = 0; i < 20; ++i)
        {
            go_on.wait();
            lost += value.get() == nullptr || *value != 5 ? 1 : 0;
        }
    });
    BOOST_TEST(lost == 0);
    BOOST_TEST(value.get() == nullptr); // this thread's
}

BOOST_AUTO_TEST_CASE(locks_belong_to_the_fiber_not_to_the_thread)
{
    weft::mutex lock;
    int unlocked = 0;
    run([&] {
        for (int i = 0; i < 20; ++i)
        {
            lock.lock();
            go_on.wait();
            lock.unlock();
            ++unlocked;
        }
    });
    BOOST_TEST(unlocked == 20);
}

BOOST_AUTO_TEST_SUITE_END()
