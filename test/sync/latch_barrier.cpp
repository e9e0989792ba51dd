// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/cancellation.hpp>
#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/barrier.hpp>
#include <weft/sync/latch.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"
#include "support/every_step.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::barrier;
using weft::fiber;
using weft::latch;

static_assert(latch::max() == std::numeric_limits<std::ptrdiff_t>::max());
static_assert(barrier<>::max() == std::numeric_limits<std::ptrdiff_t>::max());
static_assert(!std::is_copy_constructible_v<latch> && !std::is_copy_constructible_v<barrier<>>);
static_assert(!std::is_copy_constructible_v<barrier<>::arrival_token>);
static_assert(std::is_nothrow_move_constructible_v<barrier<>::arrival_token>);

BOOST_FIXTURE_TEST_SUITE(latch_counts, virtual_time)

BOOST_AUTO_TEST_CASE(counts_down_to_zero_once)
{
    latch gate(3);
    BOOST_TEST(!gate.try_wait());
    gate.count_down();
    gate.count_down(0);
    BOOST_TEST(!gate.try_wait());
    gate.count_down(2);
    BOOST_TEST(gate.try_wait());
    gate.wait();
    gate.count_down(0);
    BOOST_TEST(latch(0).try_wait());
}

BOOST_AUTO_TEST_CASE(out_of_range_is_an_error_and_changes_nothing)
{
    BOOST_TEST(error_of([] { latch bad(-1); }) == errc::invalid_argument);
    latch gate(2);
    BOOST_TEST(error_of([&] { gate.count_down(3); }) == errc::invalid_argument);
    BOOST_TEST(error_of([&] { gate.count_down(-1); }) == errc::invalid_argument);
    BOOST_TEST(!gate.try_wait());
    gate.count_down(2);
    BOOST_TEST(error_of([&] { gate.count_down(); }) == errc::invalid_argument);
    BOOST_TEST(gate.try_wait());
}

WEFT_DRIVEN_TEST_CASE(all_arrive_and_go_on_together)
{
    drive(driver, clock, [this] {
        latch start_line(4);
        std::vector<fiber> all;
        for (int i = 0; i != 3; ++i)
        {
            all.emplace_back([&, i] {
                this_fiber::sleep_for(std::chrono::milliseconds(i));
                start_line.arrive_and_wait();
                note("f", i);
            });
        }
        start_line.wait_for(1ms);
        note_time("main");
        start_line.arrive_and_wait();
        join_all(all);
        note_time("end");
    });
    BOOST_TEST(line() == "main@1 f2 f0 f1 end@2");
}

BOOST_AUTO_TEST_CASE(counted_by_threads)
{
    for (int round = 0; round != 50; ++round)
    {
        latch all_done(4);
        int results[4] = {}; // plain
        std::vector<std::thread> threads;
        for (int i = 0; i != 4; ++i)
        {
            threads.emplace_back([&, i] {
                results[i] = i + 1;
                all_done.count_down();
            });
        }
        int sum = 0;
        run([&] {
            all_done.wait();
            for (const int each : results)
            {
                sum += each;
            }
        });
        join_all(threads);
        BOOST_TEST(sum == 10);
    }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(barrier_phases, virtual_time)

WEFT_DRIVEN_TEST_CASE(phases_and_the_completion_between_them)
{
    drive(driver, clock, [this] {
        barrier sync(3, [this]() noexcept { note("|"); });
        std::vector<fiber> all;
        for (int i = 0; i != 3; ++i)
        {
            all.emplace_back([&, i] {
                for (int phase = 0; phase != 3; ++phase)
                {
                    note("f", i);
                    sync.arrive_and_wait();
                }
            });
        }
        join_all(all);
    });
    BOOST_TEST(line() == "f0 f1 f2 | f2 f0 f1 | f1 f2 f0 |");
}

BOOST_AUTO_TEST_CASE(ready_at_once)
{
    run([this] {
        barrier sync(1, [this]() noexcept { note("|"); });
        const auto before = weft::scheduler::current().counters().switches;
        sync.arrive_and_wait();
        sync.wait(sync.arrive());
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
    });
    BOOST_TEST(line() == "| |");
}

BOOST_AUTO_TEST_CASE(arriving_is_not_waiting)
{
    run([this] {
        barrier<> sync(2);
        auto mine = sync.arrive();
        fiber other([&] {
            sync.arrive_and_wait();
            note("other");
        });
        sync.wait(std::move(mine));
        other.join();
        // Several at once.
        sync.wait(sync.arrive(2));
        note("both");
    });
    BOOST_TEST(line() == "other both");
}

BOOST_AUTO_TEST_CASE(whoever_drops_out_is_not_expected_again)
{
    run([this] {
        int phase = 0;
        barrier sync(3, [&]() noexcept { ++phase; });
        fiber quitter([&] { sync.arrive_and_drop(); });
        std::vector<fiber> all;
        for (int i = 0; i != 2; ++i)
        {
            all.emplace_back([&] {
                for (int n = 0; n != 3; ++n)
                {
                    sync.arrive_and_wait();
                }
            });
        }
        quitter.join();
        join_all(all);
        note("phases", phase);
    });
    BOOST_TEST(line() == "phases3");
}

BOOST_AUTO_TEST_CASE(the_completion_may_wait)
{
    run([this] {
        barrier sync(2, [this]() noexcept {
            this_fiber::sleep_for(3ms);
            note_time("completed");
        });
        fiber other([&] {
            sync.arrive_and_wait();
            note_time("other");
        });
        sync.arrive_and_wait();
        note_time("main");
        other.join();
    });
    BOOST_TEST(line() == "completed@3 other@3 main@3");
}

BOOST_AUTO_TEST_CASE(out_of_range_is_an_error_and_changes_nothing)
{
    BOOST_TEST(error_of([] { barrier<> bad(-1); }) == errc::invalid_argument);
    barrier<> sync(2);
    BOOST_TEST(error_of([&] { (void)sync.arrive(0); }) == errc::invalid_argument);
    BOOST_TEST(error_of([&] { (void)sync.arrive(-1); }) == errc::invalid_argument);
    BOOST_TEST(error_of([&] { (void)sync.arrive(3); }) == errc::invalid_argument);
    sync.wait(sync.arrive(2));
    barrier<> nobody(0);
    BOOST_TEST(error_of([&] { nobody.arrive_and_drop(); }) == errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(cancelled_and_timed_out_arrivals_count)
{
    run([this] {
        barrier<> sync(3);
        fiber first([&] { note_time(error_of([&] { sync.arrive_and_wait(); }) == aborted ? "aborted" : "?"); });
        fiber second([&] {
            const weft::deadline limit(2ms);
            note_time(error_of([&] { sync.arrive_and_wait(); }) == timed_out ? "timed_out" : "?");
        });
        this_fiber::sleep_for(1ms);
        first.cancel();
        this_fiber::sleep_for(2ms);
        sync.arrive_and_wait();
        note_time("passed");
        first.join();
        second.join();
    });
    BOOST_TEST(line() == "aborted@1 timed_out@2 passed@3");
}

// The arrival stays, and the token is good for another wait.
BOOST_AUTO_TEST_CASE(waits_of_limited_length)
{
    run([this] {
        barrier<> sync(2);
        fiber other([&] {
            this_fiber::sleep_for(10ms);
            sync.arrive_and_wait();
        });
        auto mine = sync.arrive();
        note_time(sync.wait_for(mine, 2ms) ? "?" : "for");
        note_time(sync.wait_until(mine, start + 5ms) ? "?" : "until");
        note_time(sync.wait_for(mine, 0ms) ? "?" : "zero");
        note_time(sync.wait_for(mine, -1h) ? "?" : "negative");
        note_time(sync.wait_for(mine, std::chrono::hours::max()) ? "max" : "?");
        note_time(sync.wait_for(mine, 0ms) ? "ended" : "?");
        sync.wait(std::move(mine));
        other.join();
    });
    BOOST_TEST(line() == "for@2 until@5 zero@5 negative@5 max@10 ended@10");
}

BOOST_AUTO_TEST_CASE(H12_destroyed_by_the_woken_side)
{
    run([this] {
        auto sync = std::make_unique<barrier<>>(2);
        fiber waiter([&] {
            sync->arrive_and_wait();
            sync.reset();
            note("destroyed");
        });
        this_fiber::yield();
        (void)sync->arrive();
        waiter.join();
    });
    BOOST_TEST(line() == "destroyed");
    for (int i = 0; i != 200; ++i)
    {
        auto sync = std::make_optional<barrier<>>(2);
        std::thread other([&] { (void)sync->arrive(); });
        sync->arrive_and_wait();
        sync.reset();
        other.join();
    }
}

BOOST_AUTO_TEST_CASE(the_io_context_goes_away)
{
    barrier<> sync(2);
    {
        boost::asio::io_context io;
        weft::spawn(io, [&] {
            const witness local(*this, "waiter");
            note(error_of([&] { sync.arrive_and_wait(); }) == aborted ? "aborted" : "?");
        });
        io.poll();
    }
    BOOST_TEST(line() == "aborted ~waiter");
    (void)sync.arrive();
    (void)sync.arrive();
}

BOOST_AUTO_TEST_CASE(threads_and_fibers)
{
    constexpr int rounds = 100;
    int counter = 0; // plain: only the completion touches it
    bool wrong = false;
    barrier sync(4, [&]() noexcept { ++counter; });
    const auto work = [&](bool checks) {
        for (int i = 0; i != rounds; ++i)
        {
            sync.arrive_and_wait();
            if (checks)
            {
                wrong |= counter != i + 1;
            }
            sync.arrive_and_wait();
            sync.arrive_and_wait();
            if (checks)
            {
                counter -= 2;
            }
            sync.arrive_and_wait();
            if (checks)
            {
                counter -= 1;
            }
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i != 2; ++i)
    {
        threads.emplace_back([&work] { work(false); });
    }
    run([&] {
        fiber other([&work] { work(false); });
        work(true);
        other.join();
    });
    join_all(threads);
    BOOST_TEST(!wrong);
}

// A cancelled arrival counts, so that the others go on; this one goes on with them.
BOOST_AUTO_TEST_CASE(interrupted_at_every_step)
{
    const auto done = every_step([] {
        int phases = 0;
        barrier sync(3, [&]() noexcept { ++phases; });
        crew all;
        for (int i = 0; i != 3; ++i)
        {
            all.start([&] {
                bool was_cancelled = false;
                for (int phase = 0; phase != 2; ++phase)
                {
                    const auto failed = error_of([&] { sync.arrive_and_wait(); });
                    if (failed)
                    {
                        was_cancelled = true;
                        const weft::cancellation_blocker patient;
                        for (int polls = 0; phases == phase && polls != 100; ++polls)
                        {
                            this_fiber::sleep_for(1ms);
                        }
                    }
                    const weft::cancellation_blocker patient;
                    this_fiber::sleep_for(1ms);
                }
                if (was_cancelled)
                {
                    throw boost::system::system_error(aborted);
                }
            });
        }
        all.join();
        require(phases == 2, "a phase is missing");
    });
    BOOST_TEST(done.while_waiting > 0);
}

BOOST_AUTO_TEST_SUITE_END()
