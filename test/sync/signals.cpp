// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "signals.hpp"

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/allocation_counter.hpp"
#include "support/drivers.hpp"
#include "support/errors.hpp"
#include "support/every_step.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

// Everything one waits for, in the five situations: ready at once, woken later, timed out, cancelled, destroyed.
BOOST_FIXTURE_TEST_SUITE(signal_family, virtual_time)

BOOST_AUTO_TEST_CASE_TEMPLATE(ready_at_once, Signal, timed_signals)
{
    run([this] {
        Signal signal;
        fiber other([] {});
        const auto before = weft::scheduler::current().counters().switches;
        signal.open();
        signal.wait();
        signal.open();
        BOOST_TEST(signal.wait_for(0s));
        signal.open();
        BOOST_TEST(signal.wait_for(-1s));
        signal.open();
        BOOST_TEST(signal.wait_until(clock.now() - 1h));
        signal.open();
        BOOST_TEST(signal.wait_until(std::chrono::system_clock::time_point()));
        const weft::deadline over(0s);
        signal.open();
        signal.wait();
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        other.join();
    });
}

WEFT_DRIVEN_TEST_CASE_TEMPLATE(woken_later, Kind, timed_signals)
{
    drive(driver, clock, [this] {
        Kind first;
        Kind second;
        Kind third;
        fiber waiter([&] {
            first.wait();
            note_time("wait");
            note_time(second.wait_for(1h) ? "for" : "?");
            note_time(third.wait_until(clock.now() + 1h) ? "until" : "?");
        });
        for (const auto signal : {&first, &second, &third})
        {
            this_fiber::sleep_for(2ms);
            signal->open();
        }
        waiter.join();
    });
    BOOST_TEST(line() == "wait@2 for@4 until@6");
}

WEFT_DRIVEN_TEST_CASE_TEMPLATE(W10_in_the_order_in_which_they_came, Kind, timed_signals)
{
    drive(driver, clock, [this] {
        Kind signal;
        std::vector<fiber> all;
        for (int i = 0; i != 4; ++i)
        {
            all.emplace_back([&, i] {
                signal.wait();
                note("w", i);
            });
        }
        this_fiber::sleep_for(1ms);
        for (int i = 0; i != 4; ++i)
        {
            signal.open();
        }
        join_all(all);
    });
    BOOST_TEST(line() == "w0 w1 w2 w3");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(timed_out_call, Signal, timed_signals)
{
    run([this] {
        Signal signal;
        note_time(signal.wait_for(3ms) ? "?" : "for");
        note_time(signal.wait_until(start + 5ms) ? "?" : "until");
        note_time(signal.wait_for(0s) ? "?" : "zero");
        note_time(signal.wait_for(-1h) ? "?" : "negative");
        note_time(signal.wait_for(std::chrono::hours::min()) ? "?" : "min");
        note_time(signal.wait_until(clock.now()) ? "?" : "now");
        note_time(signal.wait_until(std::chrono::steady_clock::time_point::min()) ? "?" : "past");
        {
            const weft::deadline limit(2ms);
            note_time(error_of([&signal] { signal.wait(); }) == timed_out ? "deadline" : "?");
            note_time(error_of([&signal] { signal.wait_for(1h); }) == timed_out ? "deadline" : "?");
        }
        // Who gave up takes nothing away.
        signal.open();
        BOOST_TEST(signal.wait_for(0s));
    });
    BOOST_TEST(line() == "for@3 until@5 zero@5 negative@5 min@5 now@5 past@5 deadline@7 deadline@7");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(limits_without_end, Signal, timed_signals)
{
    run([this] {
        Signal signal;
        std::vector<fiber> all;
        const auto add = [&](std::string_view name, auto wait) {
            all.emplace_back([this, name, wait] { note(wait() ? name : "?"); });
        };
        add("hours", [&] { return signal.wait_for(std::chrono::hours::max()); });
        add("ns", [&] { return signal.wait_for(std::chrono::nanoseconds::max()); });
        add("double", [&] { return signal.wait_for(std::chrono::duration<double>(1e300)); });
        add("steady", [&] { return signal.wait_until(std::chrono::steady_clock::time_point::max()); });
        add("system", [&] { return signal.wait_until(std::chrono::system_clock::time_point::max()); });
        this_fiber::sleep_for(24h * 365 * 100);
        for (std::size_t i = 0; i != all.size(); ++i)
        {
            signal.open();
        }
        join_all(all);
    });
    BOOST_TEST(line() == "hours ns double steady system");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(cancelled_while_waiting_and_before, Signal, timed_signals)
{
    run([this] {
        Signal signal;
        fiber waiter([&] {
            note_time(error_of([&signal] { signal.wait(); }) == aborted ? "waiting" : "?");
            note_time(error_of([&signal] { signal.wait_for(1h); }) == aborted ? "before" : "?");
        });
        this_fiber::sleep_for(1ms);
        waiter.cancel();
        waiter.join();
        signal.open();
        BOOST_TEST(signal.wait_for(0s));
    });
    BOOST_TEST(line() == "waiting@1 before@1");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nothing_is_lost_on_one_who_is_being_cancelled, Signal, timed_signals)
{
    run([this] {
        Signal signal;
        fiber first([&] { note(error_of([&signal] { signal.wait(); }) == aborted ? "aborted" : "?"); });
        fiber second([&] {
            signal.wait();
            note("got_it");
        });
        this_fiber::yield();
        first.cancel();
        signal.open();
        first.join();
        second.join();
    });
    BOOST_TEST(line() == "aborted got_it");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_cancellation_after_it_takes_nothing_back, Signal, timed_signals)
{
    run([this] {
        Signal signal;
        fiber waiter([&] { note(error_of([&signal] { signal.wait(); }) ? "?" : "got_it"); });
        this_fiber::yield();
        signal.open();
        waiter.cancel();
        waiter.join();
    });
    BOOST_TEST(line() == "got_it");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(H12_destroyed_by_the_woken_fiber, Signal, timed_signals)
{
    run([this] {
        auto signal = std::make_unique<Signal>();
        fiber waiter([&] {
            signal->wait();
            signal.reset();
            note("destroyed");
        });
        this_fiber::yield();
        signal->open();
        waiter.join();
    });
    BOOST_TEST(line() == "destroyed");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(H12_destroyed_by_the_woken_thread, Signal, timed_signals)
{
    for (int i = 0; i != 200; ++i)
    {
        auto signal = std::make_optional<Signal>();
        std::thread opener([&signal] { signal->open(); });
        signal->wait();
        signal.reset();
        opener.join();
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_io_context_goes_away, Signal, timed_signals)
{
    Signal signal;
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            const witness local(*this, "waiter");
            note(error_of([&signal] { signal.wait(); }) == aborted ? "aborted" : "?");
        });
        io.poll();
    }
    BOOST_TEST(line() == "aborted ~waiter");
    signal.open();
    BOOST_TEST(signal.wait_for(0s));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(opened_by_a_handler, Signal, timed_signals)
{
    boost::asio::io_context io;
    Signal signal;
    weft::spawn(io, [&] {
        boost::asio::post(io, [&] {
            signal.open();
            note("handler");
        });
        signal.wait();
        note("woken");
    });
    io.run();
    BOOST_TEST(line() == "handler woken");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_was_done_before_is_visible, Signal, timed_signals)
{
    for (int i = 0; i != 50; ++i)
    {
        Signal signal;
        int data = 0; // plain
        std::thread other([&] {
            data = 7;
            signal.open();
        });
        int seen = 0;
        run([&] {
            signal.wait();
            seen = data;
        });
        other.join();
        BOOST_TEST(seen == 7);
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(threads_and_fibers_wait_together, Signal, timed_signals)
{
    Signal signal;
    BOOST_TEST(!signal.wait_for(1ms));
    std::atomic<int> passed = 0;
    const auto pass = [&] {
        signal.wait();
        ++passed;
    };
    std::vector<std::thread> threads;
    for (int i = 0; i != 2; ++i)
    {
        threads.emplace_back(pass);
    }
    run([&] {
        std::vector<fiber> fibers;
        for (int i = 0; i != 2; ++i)
        {
            fibers.emplace_back(pass);
        }
        while (passed != 4)
        {
            signal.open(); // more often than they wait
            this_fiber::yield();
            std::this_thread::yield();
        }
        join_all(fibers);
    });
    join_all(threads);
    signal.open();
    BOOST_TEST(signal.wait_for(1h));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(no_allocation_to_wait, Signal, timed_signals)
{
    run([] {
        Signal signal;
        fiber waiter([&] {
            for (int i = 0; i != 3; ++i)
            {
                signal.wait_for(1h);
                signal.wait();
            }
        });
        this_fiber::yield();
        signal.open();
        this_fiber::yield();
        const auto before = allocation_count();
        for (int i = 0; i != 5; ++i)
        {
            signal.open();
            this_fiber::yield();
        }
        const auto after = allocation_count();
        waiter.join();
        BOOST_TEST(after == before);
    });
}

// Whoever is interrupted, what was opened goes to the others.
BOOST_AUTO_TEST_CASE_TEMPLATE(interrupted_at_every_step, Signal, timed_signals)
{
    const auto done = every_step([] {
        Signal signal;
        int passed = 0;
        int gave_up = 0;
        crew all;
        for (int i = 0; i != 3; ++i)
        {
            all.start([&, i] {
                if (i == 1)
                {
                    signal.wait();
                    ++passed;
                }
                else
                {
                    ++(signal.wait_for(1h) ? passed : gave_up); // early, when there is no memory for a timer
                }
            });
        }
        this_fiber::yield();
        for (int i = 0; i != 3; ++i)
        {
            signal.open();
            this_fiber::yield();
        }
        all.join();
        require(passed + gave_up + all.interrupted() == 3, "one is lost");
        const bool left = signal.wait_for(0s);
        require(left == (passed != 3) || !Signal::reusable, "what nobody took is lost");
    });
    BOOST_TEST(done.while_waiting > 0);
    BOOST_TEST(done.torn_down > 0);
}

BOOST_AUTO_TEST_SUITE_END()
