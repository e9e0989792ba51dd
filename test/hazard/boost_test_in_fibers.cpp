// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H24: Boost.Test keeps its state in plain globals, and longjmps out of signal handlers. How weft's tests assert:
//
//   on the test's own thread, also inside of fibers, with any of its macros;
//   on other threads with a `verdict`, which is read on the test's own;
//   what may die, in a child process;
//   with --catch_system_errors=no, which is how ctest runs all of them.

#include "hazard/verdict.hpp"
#include "io/support_io.hpp"
#include "support/child_process.hpp"

#include <boost/test/execution_monitor.hpp>
#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/test/unit_test_parameters.hpp>

#include <atomic>
#include <csignal>
#include <sstream>
#include <thread>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
namespace unit_test = boost::unit_test;
using namespace weft::test;

BOOST_AUTO_TEST_SUITE(boost_test_in_fibers)

BOOST_AUTO_TEST_CASE(checks_work_on_the_tests_own_thread)
{
    run_fibers([] {
        const auto mine = std::this_thread::get_id();
        weft::fiber other([&] {
            BOOST_TEST((std::this_thread::get_id() == mine));
            this_fiber::yield();
            BOOST_TEST_CONTEXT("a context that stays with the test")
            {
                BOOST_CHECK_THROW(throw 1, int);
            }
        });
        BOOST_TEST((std::this_thread::get_id() == mine));
        other.join();
    });
}

BOOST_AUTO_TEST_CASE(failed_checks_inside_of_fibers_count)
{
    const auto result = run_in_child([] {
        std::ostringstream log;
        unit_test::unit_test_log.set_stream(log);
        weft::run([] {
            weft::fiber other([] { BOOST_CHECK_MESSAGE(false, "said in a fiber"); });
            other.join();
        });
        const auto& counted = unit_test::results_collector.results(unit_test::framework::current_test_case_id());
        require_in_child(counted.p_assertions_failed == 1U, "the failure is counted");
        require_in_child(log.str().find("said in a fiber") != std::string::npos, "and written");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_CASE(failed_requirements_inside_of_fibers_end_the_test)
{
    const auto result = run_in_child([] {
        std::ostringstream log;
        unit_test::unit_test_log.set_stream(log);
        bool went_on = false;
        bool unwound = false;
        try
        {
            weft::run([&] {
                weft::fiber other([] { BOOST_REQUIRE(false); });
                try
                {
                    other.join();
                }
                catch (const boost::execution_aborted&)
                {
                    unwound = true;
                    throw;
                }
                went_on = true;
            });
            went_on = true;
        }
        catch (const boost::execution_aborted&)
        {
            require_in_child(unwound && !went_on, "it came through join and run");
            return;
        }
        require_in_child(false, "the exception is lost");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_CASE(other_threads_give_a_verdict)
{
    verdict all;
    std::atomic<int> checks{0};
    {
        asio::io_context io;
        for (int i = 0; i < 8; ++i)
        {
            weft::spawn(weft::solo(io), [&] {
                for (int round = 0; round < 50; ++round)
                {
                    all.check(this_fiber::is_fiber(), "runs in a fiber");
                    ++checks;
                    asio::post(weft::this_executor(), weft::use_fiber);
                }
            });
        }
        std::thread second([&] { io.run(); });
        weft::test::drain(io);
        second.join();
    }
    BOOST_TEST(checks == 400);
}

BOOST_AUTO_TEST_CASE(a_verdict_reports_the_first_failure)
{
    verdict some;
    std::thread([&] {
        weft::run([&] {
            some.check(true, "fine");
            some.check(false, "first");
            some.check(false, "second");
        });
    }).join();
    BOOST_TEST(some.failures() == 2);
    BOOST_TEST(some.forgive() == "first");
}

BOOST_AUTO_TEST_CASE(signals_are_not_caught)
{
    BOOST_TEST(!unit_test::runtime_config::get<bool>(unit_test::runtime_config::btrt_catch_sys_errors),
               "run with --catch_system_errors=no");
}

BOOST_AUTO_TEST_CASE(a_fiber_that_dies_of_a_signal_is_a_dead_child)
{
    const auto result = run_in_child([] {
        weft::run([] {
            weft::fiber other([] { std::raise(SIGSEGV); });
            other.join();
        });
    });
    BOOST_TEST(result.killed_by(SIGSEGV), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
