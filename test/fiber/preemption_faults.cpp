// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Preemption and signals of others, and what it says where it cannot be.

#include <weft/fiber/preemptible.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <pthread.h>
#include <sys/resource.h>
#include <thread>

using namespace std::chrono_literals;
using weft::preemptible;
using weft::preemption_blocker;
using weft::this_thread_preemptions;
using weft::test::error_of;
namespace errc = weft::test::errc;
namespace this_fiber = weft::this_fiber;

namespace
{

constexpr auto tick = 200us;

boost::test_tools::assertion_result is_supported(boost::unit_test::test_unit_id)
{
    return preemptible::is_supported();
}

boost::test_tools::assertion_result is_refused(boost::unit_test::test_unit_id)
{
    return !preemptible::is_supported();
}

void wait_for(const std::atomic<bool>& told)
{
    while (!told.load(std::memory_order_relaxed))
    {
    }
}

/// Somebody's own use of the signal, from before the first region.
class earlier_handler
{
public:
    earlier_handler()
    {
        struct sigaction mine = {};
        mine.sa_handler = [](int) { ++calls; };
        ::sigaction(SIGURG, &mine, nullptr);
    }
    static inline std::atomic<int> calls{0};

    /// Sent to this thread. One that comes while a tick is pending is lost with that: the system keeps one of a kind.
    static bool gets_one_of_some()
    {
        const int before = calls;
        for (int i = 0; i < 1000 && calls == before; ++i)
        {
            ::raise(SIGURG);
        }
        return calls != before;
    }
};
const earlier_handler from_the_beginning;

} // namespace

BOOST_AUTO_TEST_SUITE(preemption_and_signals, *boost::unit_test::precondition(is_supported))

BOOST_AUTO_TEST_CASE(a_signal_handler_is_not_interrupted)
{
    static std::uint64_t ended_in_handler = 0;
    struct sigaction before{};
    struct sigaction mine{};
    mine.sa_handler = [](int) {
        const auto at_first = this_thread_preemptions();
        while (this_thread_preemptions().ticks < at_first.ticks + 5)
        {
        }
        ended_in_handler = this_thread_preemptions().preemptions - at_first.preemptions;
    };
    ::sigaction(SIGUSR1, &mine, &before);
    weft::run([] {
        weft::fiber other([] {});
        const preemptible region(tick);
        ::raise(SIGUSR1);
        const preemption_blocker to_join;
        other.join();
    });
    ::sigaction(SIGUSR1, &before, nullptr);
    BOOST_TEST(ended_in_handler == 0U);
}

BOOST_AUTO_TEST_CASE(the_mask_is_the_threads)
{
    // One that another fiber has blocked meanwhile stays blocked.
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR2);
    weft::run([&set] {
        std::atomic<bool> told = false;
        weft::fiber other([&] {
            ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
            told = true;
        });
        const preemptible region(tick);
        wait_for(told);
        const preemption_blocker to_join;
        other.join();
    });
    sigset_t now;
    ::pthread_sigmask(SIG_UNBLOCK, &set, &now);
    BOOST_TEST(::sigismember(&now, SIGUSR2) == 1);
}

BOOST_AUTO_TEST_CASE(signals_of_others_are_handed_on)
{
    // On a thread that knows nothing of it, and on this one, in a region and outside: whose signal it is gets it.
    std::atomic<bool> stop = false;
    std::thread foreign([&stop] { wait_for(stop); });
    bool in_region = false;
    weft::run([&in_region] {
        const preemptible region(tick);
        in_region = earlier_handler::gets_one_of_some();
    });
    BOOST_TEST(in_region);
    BOOST_TEST(earlier_handler::gets_one_of_some());
    const int before = earlier_handler::calls;
    ::pthread_kill(foreign.native_handle(), SIGURG);
    while (earlier_handler::calls == before)
    {
        std::this_thread::yield();
    }
    stop = true;
    foreign.join();
    BOOST_TEST(earlier_handler::calls == before + 1);
}

BOOST_AUTO_TEST_CASE(bad_input)
{
    const preemptible outside_of_fibers(tick);
    weft::run([] {
        BOOST_TEST((error_of([] { const preemptible region(0ns); }) == errc::invalid_argument));
        BOOST_TEST((error_of([] { const preemptible region(-1ns); }) == errc::invalid_argument));
        weft::fiber small(weft::attributes{.stack_size = weft::minimum_stack_size()}, [] {
            BOOST_TEST((error_of([] { const preemptible region(tick); }) == errc::not_enough_memory));
            BOOST_TEST(this_fiber::is_fiber());
        });
        small.join();
        weft::fiber enough(weft::attributes{.stack_size = preemptible::stack_reserve() + 4096},
                           [] { const preemptible region(tick); });
        enough.join();
    });
}

BOOST_AUTO_TEST_CASE(timers_are_exhausted)
{
    rlimit before{};
    ::getrlimit(RLIMIT_SIGPENDING, &before);
    boost::system::error_code error;
    bool works_later = false;
    std::thread([&] {
        weft::run([&] {
            auto none = before;
            none.rlim_cur = 0;
            ::setrlimit(RLIMIT_SIGPENDING, &none);
            error = error_of([] { const preemptible region(tick); });
            ::setrlimit(RLIMIT_SIGPENDING, &before);
            std::atomic<bool> told = false;
            weft::fiber other([&told] { told = true; });
            {
                const preemptible region(tick);
                wait_for(told);
            }
            other.join();
            works_later = true;
        });
    }).join();
    BOOST_TEST((error == errc::resource_unavailable_try_again));
    BOOST_TEST(works_later);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(preemption_refused, *boost::unit_test::precondition(is_refused))

BOOST_AUTO_TEST_CASE(refused_where_it_cannot_be)
{
    weft::run([] {
        BOOST_TEST((error_of([] { const preemptible region; }) == errc::operation_not_supported));
        this_fiber::yield(); // all is as it was
    });
}

BOOST_AUTO_TEST_SUITE_END()
