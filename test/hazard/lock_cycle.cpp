// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H30: fibers and threads that wait for each other's locks. The detection says who waits for whom, once, and does not
// interfere.

#include <weft/debug/deadlock.hpp>

#include "io/support_io.hpp"
#include "io/support_log.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <latch>
#include <mutex>
#include <shared_mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::test::run_fibers;
using weft::test::watched_fiber;

namespace
{

using all_mutexes = std::tuple<weft::mutex, weft::timed_mutex, weft::recursive_mutex, weft::recursive_timed_mutex,
                               weft::shared_mutex, weft::shared_timed_mutex>;

std::string own_label()
{
    std::ostringstream text;
    text << "fiber " << this_fiber::name() << this_fiber::get_id();
    return text.str();
}

struct wait
{
    std::string who;
    const void* lock;
};

constexpr auto for_ever = "error deadlock";
constexpr auto for_some_time = "warning deadlock unless a wait ends early";

/// The line for a circle: each waits for a lock of the next.
std::string report(const char* beginning, const std::vector<wait>& circle)
{
    std::ostringstream text;
    text << beginning << ": " << circle.front().who;
    for (std::size_t i = 0; i < circle.size(); ++i)
    {
        text << (i == 0 ? "" : ", which") << " waits for the lock at " << circle[i].lock << " that "
             << circle[(i + 1) % circle.size()].who << " holds";
    }
    text << '\n';
    return text.str();
}

struct detection
{
    detection()
    {
        weft::debug::start_deadlock_detection();
    }
    detection(const detection&) = delete;
    detection& operator=(const detection&) = delete;
    ~detection()
    {
        weft::debug::stop_deadlock_detection();
    }

    weft::test::captured_log log;
};

/// A fiber that locks `mine`, lets the others do the same, and then locks `other`, for as long as that lasts.
template <class Mutex, class Other>
void spawn_holder(asio::io_context& io, std::string_view name, std::string& label, Mutex& mine, Other& other)
{
    weft::spawn(io, weft::attributes{.name = name}, [&] {
        label = own_label();
        const std::lock_guard first(mine);
        this_fiber::yield();
        const std::lock_guard second(other);
    });
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(lock_cycle, detection)

BOOST_AUTO_TEST_CASE_TEMPLATE(two_fibers, Mutex, all_mutexes)
{
    Mutex first;
    Mutex second;
    std::string a;
    std::string b;
    asio::io_context io(1);
    spawn_holder(io, "a", a, first, second);
    spawn_holder(io, "b", b, second, first);
    io.poll();
    BOOST_TEST(log.text() == report(for_ever, {{b, &first}, {a, &second}}));
}

BOOST_AUTO_TEST_CASE(three_fibers_and_one_that_runs_into_them)
{
    weft::mutex first;
    weft::recursive_mutex second;
    weft::shared_mutex third;
    weft::mutex fourth;
    std::string a;
    std::string b;
    std::string c;
    std::string d;
    asio::io_context io(1);
    spawn_holder(io, "a", a, first, second);
    spawn_holder(io, "b", b, second, third);
    spawn_holder(io, "c", c, third, first);
    io.poll();
    const auto expected = report(for_ever, {{c, &first}, {a, &second}, {b, &third}});
    BOOST_TEST(log.text() == expected);
    spawn_holder(io, "d", d, fourth, second);
    io.poll();
    BOOST_TEST(log.text() == expected);
}

BOOST_AUTO_TEST_CASE(fiber_and_thread)
{
    run_fibers([this] {
        weft::mutex of_thread;
        weft::timed_mutex of_fiber;
        std::string fiber_label;
        std::string thread_label;
        std::latch both_hold(2);
        std::latch fiber_waits(1);
        std::atomic<bool> timed_out{false};
        std::thread other([&] {
            thread_label = "thread " + std::to_string(::gettid());
            const std::lock_guard lock(of_thread);
            both_hold.count_down();
            fiber_waits.wait();
            timed_out = !of_fiber.try_lock_for(1ms);
        });
        watched_fiber waiting([&] {
            fiber_label = own_label();
            const std::lock_guard lock(of_fiber);
            both_hold.arrive_and_wait();
            const std::lock_guard second(of_thread);
        });
        this_fiber::yield();
        fiber_waits.count_down();
        other.join();
        BOOST_TEST(timed_out);
        waiting.join();
        BOOST_TEST(log.text() == report(for_some_time, {{thread_label, &of_fiber}, {fiber_label, &of_thread}}));
    });
}

BOOST_AUTO_TEST_CASE(timed_waits_resolve_it_and_each_time_is_told)
{
    weft::manual_clock clock;
    run_fibers(
        [this] {
            weft::timed_mutex first;
            weft::mutex second;
            std::string expected;
            for (int i = 0; i < 2; ++i)
            {
                std::string a;
                std::string b;
                bool a_had_both = true;
                bool b_had_both = false;
                watched_fiber impatient([&] {
                    a = own_label();
                    const std::lock_guard lock(second);
                    this_fiber::yield();
                    a_had_both = first.try_lock_for(1s);
                });
                watched_fiber patient([&] {
                    b = own_label();
                    const std::lock_guard lock(first);
                    this_fiber::yield();
                    const std::lock_guard both(second);
                    b_had_both = true;
                });
                impatient.join();
                patient.join();
                BOOST_TEST(!a_had_both);
                BOOST_TEST(b_had_both);
                expected += report(for_some_time, {{b, &second}, {a, &first}});
            }
            BOOST_TEST(log.text() == expected);
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(recursive_mutex_that_was_locked_twice)
{
    weft::recursive_mutex twice;
    weft::mutex other;
    std::string a;
    std::string b;
    asio::io_context io(1);
    weft::spawn(io, weft::attributes{.name = "a"}, [&] {
        a = own_label();
        const std::lock_guard once(twice);
        const std::lock_guard again(twice);
        this_fiber::yield();
        const std::lock_guard second(other);
    });
    spawn_holder(io, "b", b, other, twice);
    io.poll();
    BOOST_TEST(log.text() == report(for_ever, {{b, &twice}, {a, &other}}));
}

BOOST_AUTO_TEST_CASE(reader_that_waits_for_a_writer)
{
    weft::shared_mutex data;
    weft::mutex other;
    std::string writer;
    std::string reader;
    asio::io_context io(1);
    spawn_holder(io, "writer", writer, data, other);
    weft::spawn(io, weft::attributes{.name = "reader"}, [&] {
        reader = own_label();
        const std::lock_guard lock(other);
        this_fiber::yield();
        const std::shared_lock shared(data);
    });
    io.poll();
    BOOST_TEST(log.text() == report(for_ever, {{reader, &data}, {writer, &other}}));
}

BOOST_AUTO_TEST_CASE(condition_variable_that_locks_again)
{
    weft::mutex waited_with;
    weft::mutex other;
    weft::condition_variable changed;
    std::string a;
    std::string b;
    asio::io_context io(1);
    weft::spawn(io, weft::attributes{.name = "a"}, [&] {
        a = own_label();
        const std::lock_guard lock(other);
        std::unique_lock held(waited_with);
        changed.wait(held);
    });
    weft::spawn(io, weft::attributes{.name = "b"}, [&] {
        b = own_label();
        const std::lock_guard lock(waited_with);
        changed.notify_one();
        this_fiber::yield();
        const std::lock_guard second(other);
    });
    io.poll();
    BOOST_TEST(log.text() == report(for_ever, {{b, &other}, {a, &waited_with}}));
    // The end of the io_context wakes `a` without its lock, which its unique_lock must not unlock then.
}

BOOST_AUTO_TEST_CASE(chains_and_hand_overs_are_no_circles)
{
    constexpr int rounds = 200;
    std::array<weft::mutex, 4> locks;
    asio::io_context io(2);
    std::atomic<int> done{0};
    // Each locks two of them in the same order; waits and hand-overs abound.
    const auto body = [&](unsigned seed) {
        for (unsigned i = 0; i < rounds; ++i)
        {
            const auto low = (seed + i) % 3;
            const auto high = low + 1 + (seed * i) % (3 - low);
            const std::lock_guard first(locks[low]);
            if (this_fiber::is_fiber())
            {
                this_fiber::yield();
            }
            const std::lock_guard second(locks[high]);
        }
        ++done;
    };
    for (unsigned i = 0; i < 4; ++i)
    {
        weft::spawn(weft::solo(io), [&body, i] { body(i); });
    }
    std::thread second([&io] { io.run(); });
    std::thread outside([&body] { body(4); });
    io.run();
    second.join();
    outside.join();
    BOOST_TEST(done == 5);
    BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_CASE(waits_from_before_the_start_or_after_the_stop_are_not_seen)
{
    weft::mutex first;
    weft::mutex second;
    weft::mutex third;
    std::string label;
    asio::io_context io(1);
    weft::debug::stop_deadlock_detection();
    spawn_holder(io, "before", label, first, second);
    weft::spawn(io, [&] {
        const std::lock_guard lock(second);
        this_fiber::yield();
        weft::debug::start_deadlock_detection();
        const std::lock_guard closing(first);
    });
    io.poll();
    spawn_holder(io, "seen", label, third, first);
    io.poll();
    weft::debug::stop_deadlock_detection();
    BOOST_TEST(log.text() == "");
}

BOOST_AUTO_TEST_SUITE_END()
