// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <limits>
#include <ratio>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;
namespace this_fiber = weft::this_fiber;

namespace
{

/// A clock of its own epoch and unit that does not move.
struct stopped_clock
{
    using duration = std::chrono::duration<long long, std::centi>;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<stopped_clock>;
    [[maybe_unused]] static constexpr bool is_steady = true;

    static time_point now() noexcept
    {
        return time_point(duration(1000));
    }
};

/// That the sleep never ends by itself: it is cancelled after a thousand hours.
template <class Sleep>
void check_endless(virtual_time& where, Sleep sleep)
{
    bool was_aborted = false;
    fiber sleeper([&] { was_aborted = error_of(sleep) == aborted; });
    this_fiber::sleep_for(1000h);
    BOOST_TEST((sleeper.state() == weft::fiber_state::suspended));
    sleeper.cancel();
    sleeper.join();
    BOOST_TEST(was_aborted);
    BOOST_TEST(where.milliseconds() % 3'600'000'000 == 0);
}

/// How far the clock goes during this.
template <class Sleep>
std::chrono::nanoseconds slept(Sleep sleep)
{
    const auto before = this_fiber::now();
    sleep();
    return this_fiber::now() - before;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(this_fiber_sleep, virtual_time)

WEFT_DRIVEN_TEST_CASE(sleepers_wake_in_the_order_of_their_times)
{
    drive(driver, clock, [this] {
        std::vector<fiber> all;
        for (const int time : {30, 10, 20, 10, 30, 0, 10})
        {
            all.emplace_back([this, time, number = all.size()] {
                this_fiber::sleep_for(std::chrono::milliseconds(time));
                note_time(std::string(1, static_cast<char>('a' + number)));
            });
        }
        join_all(all);
    });
    // Equal times: first come, first served.
    BOOST_TEST(line() == "f@0 b@10 d@10 g@10 c@20 a@30 e@30");
}

WEFT_DRIVEN_TEST_CASE(sleeps_in_turn)
{
    drive(driver, clock, [this] {
        fiber tick([this] {
            for (int i = 0; i < 3; ++i)
            {
                this_fiber::sleep_for(10ms);
                note_time("tick");
            }
        });
        fiber tock([this] {
            this_fiber::sleep_until(clock.now() + 5ms);
            for (int i = 0; i < 3; ++i)
            {
                note_time("tock");
                this_fiber::sleep_for(10ms);
            }
        });
        tick.join();
        tock.join();
    });
    BOOST_TEST(line() == "tock@5 tick@10 tock@15 tick@20 tock@25 tick@30");
}

BOOST_AUTO_TEST_CASE(zero_and_less_are_one_yield)
{
    run([this] {
        fiber other([this] {
            for (int i = 0; i < 4; ++i)
            {
                note("other", i);
                this_fiber::yield();
            }
        });
        this_fiber::sleep_for(0s);
        note("a");
        this_fiber::sleep_for(-1h);
        note("b");
        this_fiber::sleep_for(std::chrono::nanoseconds::min());
        note("c");
        this_fiber::sleep_for(std::chrono::duration<double>(-0.5));
        note_time("d");
        other.join();
    });
    BOOST_TEST(line() == "other0 a other1 b other2 c other3 d@0");
}

BOOST_AUTO_TEST_CASE(a_time_in_the_past_does_not_wait)
{
    run([this] {
        using std::chrono::steady_clock;
        this_fiber::sleep_until(clock.now());
        this_fiber::sleep_until(clock.now() - 1h);
        this_fiber::sleep_until(steady_clock::time_point());
        this_fiber::sleep_until(steady_clock::time_point::min());
        this_fiber::sleep_until(std::chrono::time_point<steady_clock, std::chrono::hours>());
        note_time("now");
    });
    BOOST_TEST(line() == "now@0");
}

BOOST_AUTO_TEST_CASE(durations_of_any_kind_are_rounded_up)
{
    run([] {
        BOOST_TEST((slept([] { this_fiber::sleep_for(1ns); }) == 1ns));
        BOOST_TEST((slept([] { this_fiber::sleep_for(std::chrono::duration<double>(0.25)); }) == 250ms));
        BOOST_TEST((slept([] { this_fiber::sleep_for(std::chrono::duration<double, std::nano>(1.5)); }) == 2ns));
        BOOST_TEST((slept([] { this_fiber::sleep_for(std::chrono::duration<int, std::pico>(1)); }) == 1ns));
        BOOST_TEST((slept([] { this_fiber::sleep_for(std::chrono::duration<short, std::ratio<86400>>(2)); }) == 48h));
        BOOST_TEST((slept([] { this_fiber::sleep_for(std::chrono::duration<float>(1.0F)); }) == 1s));
    });
}

BOOST_AUTO_TEST_CASE(huge_durations_never_end)
{
    run([this] {
        check_endless(*this, [] { this_fiber::sleep_for(std::chrono::nanoseconds::max()); });
        check_endless(*this, [] { this_fiber::sleep_for(std::chrono::hours::max()); });
        check_endless(*this, [] { this_fiber::sleep_for(std::chrono::duration<double>(1e300)); });
        check_endless(*this, [] {
            this_fiber::sleep_for(std::chrono::duration<double>(std::numeric_limits<double>::infinity()));
        });
        check_endless(*this, [] { this_fiber::sleep_for(std::chrono::years(1000)); });
    });
}

BOOST_AUTO_TEST_CASE(the_latest_time_of_each_clock_never_comes)
{
    run([this] {
        using std::chrono::steady_clock;
        using std::chrono::system_clock;
        check_endless(*this, [] { this_fiber::sleep_until(steady_clock::time_point::max()); });
        check_endless(*this, [] { this_fiber::sleep_until(system_clock::time_point::max()); });
        check_endless(*this, [] { this_fiber::sleep_until(stopped_clock::time_point::max()); });
        check_endless(
            *this, [] { this_fiber::sleep_until(std::chrono::time_point<system_clock, std::chrono::hours>::max()); });
    });
}

BOOST_AUTO_TEST_CASE(times_that_nanoseconds_cannot_express_never_come)
{
    run([this] {
        using namespace std::chrono;
        check_endless(*this, [] { this_fiber::sleep_until(sys_days(year(9999) / 12 / 31)); });
        check_endless(*this, [] { this_fiber::sleep_until(stopped_clock::time_point::max() - 1h); });
    });
}

BOOST_AUTO_TEST_CASE(the_earliest_time_of_each_clock_is_over)
{
    run([this] {
        using namespace std::chrono;
        this_fiber::sleep_until(system_clock::time_point());
        this_fiber::sleep_until(system_clock::time_point::min());
        this_fiber::sleep_until(stopped_clock::time_point::min());
        this_fiber::sleep_until(sys_days(year(-9999) / 1 / 1));
        note_time("now");
    });
    BOOST_TEST(line() == "now@0");
}

BOOST_AUTO_TEST_CASE(other_clocks_are_translated)
{
    run([] {
        BOOST_TEST((slept([] { this_fiber::sleep_until(stopped_clock::now() + 2s); }) == 2s));
        BOOST_TEST((slept([] { this_fiber::sleep_until(stopped_clock::now() + 1ns); }) == 1ns));
        BOOST_TEST((slept([] { this_fiber::sleep_until(stopped_clock::now()); }) == 0s));
    });
}

BOOST_AUTO_TEST_CASE(cancellation_and_deadline)
{
    run([this] {
        fiber canceled([this] { note_time(error_of([] { this_fiber::sleep_for(1h); }) == aborted ? "aborted" : "?"); });
        this_fiber::sleep_for(3ms);
        canceled.cancel();
        canceled.join();
        const weft::deadline limit(4ms);
        note_time(error_of([] { this_fiber::sleep_for(1h); }) == timed_out ? "timed_out" : "?");
        // Shorter than the deadline, and as long.
        fiber other([this] {
            const weft::deadline own(4ms);
            this_fiber::sleep_for(2ms);
            note_time("short");
            this_fiber::sleep_for(2ms);
            note_time("equal");
        });
        other.join();
    });
    BOOST_TEST(line() == "aborted@3 timed_out@7 short@9 equal@11");
}

BOOST_AUTO_TEST_CASE(a_cancelled_sleep_leaves_its_time_without_effect)
{
    run([this] {
        fiber child([this] {
            error_of([] { this_fiber::sleep_for(10ms); });
            fiber([] { this_fiber::sleep_for(20ms); }).join();
            note_time("child");
        });
        this_fiber::sleep_for(5ms);
        child.cancel();
        child.join();
    });
    BOOST_TEST(line() == "child@25");
}

BOOST_AUTO_TEST_SUITE_END()
