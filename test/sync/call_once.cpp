// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/call_once.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"
#include "support/every_step.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <thread>
#include <type_traits>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::call_once;
using weft::call_once_for;
using weft::call_once_until;
using weft::fiber;
using weft::once_flag;

static_assert(!std::is_copy_constructible_v<once_flag> && std::is_nothrow_default_constructible_v<once_flag>);

BOOST_FIXTURE_TEST_SUITE(call_once_only, virtual_time)

BOOST_AUTO_TEST_CASE(with_arguments_once)
{
    once_flag flag;
    int sum = 0;
    const auto add = [&sum](int a, std::unique_ptr<int> b) { sum += a + *b; };
    call_once(flag, add, 1, std::make_unique<int>(2));
    call_once(flag, add, 1, std::make_unique<int>(2));
    BOOST_TEST(sum == 3);
}

WEFT_DRIVEN_TEST_CASE(the_others_wait)
{
    drive(driver, clock, [this] {
        once_flag flag;
        std::vector<fiber> all;
        for (int i = 0; i != 3; ++i)
        {
            all.emplace_back([&, i] {
                call_once(flag, [&] {
                    note("call", i);
                    this_fiber::sleep_for(2ms);
                });
                note("back", i);
            });
        }
        join_all(all);
        note_time("end");
    });
    BOOST_TEST(line() == "call0 back0 back1 back2 end@2");
}

BOOST_AUTO_TEST_CASE(when_it_throws_the_one_that_has_waited_longest_calls_its_own)
{
    run([this] {
        once_flag flag;
        std::vector<fiber> all;
        for (int i = 0; i != 4; ++i)
        {
            all.emplace_back([&, i] {
                try
                {
                    call_once(flag, [&] {
                        this_fiber::sleep_for(1ms);
                        note("call", i);
                        if (i < 2)
                        {
                            throw std::runtime_error("not now");
                        }
                    });
                    note("back", i);
                }
                catch (const std::runtime_error&)
                {
                    note("thrown", i);
                }
            });
        }
        join_all(all);
    });
    BOOST_TEST(line() == "call0 thrown0 call1 thrown1 call2 back2 back3");
}

BOOST_AUTO_TEST_CASE(inside_of_itself_is_an_error)
{
    once_flag flag;
    boost::system::error_code seen;
    call_once(flag, [&] { seen = error_of([&] { call_once(flag, [] {}); }); });
    BOOST_TEST(seen == errc::resource_deadlock_would_occur);
    run([this] {
        once_flag another;
        call_once(another, [&] {
            note(error_of([&] { call_once(another, [] {}); }) == errc::resource_deadlock_would_occur ? "error" : "?");
        });
        call_once(another, [this] { note("?"); });
    });
    BOOST_TEST(line() == "error");
}

BOOST_AUTO_TEST_CASE(cancelled_timed_out_and_torn_down)
{
    run([this] {
        once_flag flag;
        fiber caller([&] { call_once(flag, [] { this_fiber::sleep_for(10ms); }); });
        this_fiber::yield();
        fiber cancelled([&] { note_time(error_of([&] { call_once(flag, [] {}); }) == aborted ? "aborted" : "?"); });
        fiber limited([&] {
            const weft::deadline limit(5ms);
            note_time(error_of([&] { call_once(flag, [] {}); }) == timed_out ? "timed_out" : "?");
        });
        this_fiber::sleep_for(1ms);
        cancelled.cancel();
        call_once(flag, [this] { note("?"); });
        note_time("done");
        caller.join();
        cancelled.join();
        limited.join();
    });
    BOOST_TEST(line() == "aborted@1 timed_out@5 done@10");
    once_flag flag;
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] { call_once(flag, [] { this_fiber::sleep_for(1h); }); });
        weft::spawn(io, [&] { call_once(flag, [] { this_fiber::sleep_for(1h); }); });
        io.poll();
    }
    bool called = false;
    call_once(flag, [&] { called = true; });
    BOOST_TEST(called);
}

BOOST_AUTO_TEST_CASE(no_longer_than_some_time)
{
    run([this] {
        once_flag flag;
        int calls = 0;
        fiber caller([&] {
            BOOST_TEST(call_once_for(flag, 1ms, [&] {
                this_fiber::sleep_for(10ms);
                ++calls;
            }));
        });
        this_fiber::yield();
        const auto again = [&calls] { ++calls; };
        note_time(call_once_for(flag, 2ms, again) ? "?" : "for");
        note_time(call_once_until(flag, start + 5ms, again) ? "?" : "until");
        note_time(call_once_for(flag, 0ms, again) ? "?" : "zero");
        note_time(call_once_for(flag, -1h, again) ? "?" : "negative");
        note_time(call_once_for(flag, std::chrono::hours::max(), again) ? "max" : "?");
        note_time(call_once_for(flag, 0ms, again) ? "done" : "?");
        caller.join();
        BOOST_TEST(calls == 1);
    });
    BOOST_TEST(line() == "for@2 until@5 zero@5 negative@5 max@10 done@10");
}

BOOST_AUTO_TEST_CASE(threads_and_fibers)
{
    for (int i = 0; i != 50; ++i)
    {
        once_flag flag;
        int calls = 0; // plain
        std::atomic<int> wrong = 0;
        const auto call = [&] {
            call_once(flag, [&calls] {
                this_fiber::yield();
                ++calls;
            });
            wrong += calls == 1 ? 0 : 1;
        };
        std::vector<std::thread> threads;
        for (int n = 0; n != 2; ++n)
        {
            threads.emplace_back(call);
        }
        run([&call] {
            fiber other(call);
            call();
            other.join();
        });
        join_all(threads);
        BOOST_TEST(calls == 1);
        BOOST_TEST(wrong == 0);
    }
}

BOOST_AUTO_TEST_CASE(interrupted_at_every_step)
{
    const auto done = every_step([] {
        once_flag flag;
        int begun = 0;
        int finished = 0;
        int back = 0;
        crew all;
        for (int i = 0; i != 3; ++i)
        {
            all.start([&] {
                call_once(flag, [&] {
                    require(++begun - finished == 1 && finished == 0, "called beside another, or again");
                    try
                    {
                        this_fiber::sleep_for(1ms);
                    }
                    catch (...)
                    {
                        --begun;
                        throw;
                    }
                    ++finished;
                });
                ++back;
            });
        }
        all.join();
        require(back + all.interrupted() == 3, "somebody got lost");
        require(back == 0 || finished == 1, "back without a call");
    });
    BOOST_TEST(done.while_waiting > 0);
}

BOOST_AUTO_TEST_SUITE_END()
