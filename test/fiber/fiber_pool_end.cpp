// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/cancellation.hpp>
#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_pool.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "pool_time.hpp"
#include "support/child_process.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::fiber_pool;

// How a pool ends, in five situations, and what its jobs' failures do.
BOOST_FIXTURE_TEST_SUITE(fiber_pool_end, pool_time)

BOOST_AUTO_TEST_CASE(join_with_nothing_to_do)
{
    run([this] {
        fiber_pool pool(3);
        pool.join();
        pool.join();
        fiber_pool idle(2);
        this_fiber::sleep_for(1ms);
        idle.join();
        note_time("joined");
    });
    BOOST_TEST(line() == "joined@1");
}

BOOST_AUTO_TEST_CASE(join_waits_for_all_that_is_accepted_and_for_what_jobs_post)
{
    run([this] {
        fiber_pool pool(2);
        pool.post([&] {
            note("first");
            this_fiber::sleep_for(3ms);
            BOOST_TEST(pool.try_post([&] {
                note_time("second");
                pool.post_after(4ms, job("third"));
            }));
        });
        pool.join();
        note_time("joined");
    });
    BOOST_TEST(line() == "first second@3 third@7 joined@7");
}

BOOST_AUTO_TEST_CASE(join_cancelled_and_past_a_deadline)
{
    run([this] {
        fiber_pool pool(1);
        pool.post(job("a", 5ms));
        fiber joiner([&] {
            BOOST_TEST(error_of([&] { pool.join(); }) == aborted);
            note_time("cancelled");
        });
        this_fiber::sleep_for(1ms);
        joiner.cancel();
        joiner.join();
        {
            const weft::deadline limit(1ms);
            BOOST_TEST(error_of([&] { pool.join(); }) == timed_out);
        }
        note_time("late");
        this_fiber::sleep_for(10ms);
        // It stopped when it had nothing to do any more.
        BOOST_TEST(!pool.try_post(job("never")));
        pool.join();
    });
    BOOST_TEST(line() == "a@0 cancelled@1 late@2");
}

BOOST_AUTO_TEST_CASE(a_job_cannot_join_its_pool)
{
    run([this] {
        fiber_pool pool(1);
        pool.post([&] {
            BOOST_TEST(error_of([&] { pool.join(); }) == errc::resource_deadlock_would_occur);
            note("refused");
        });
        pool.join();
    });
    BOOST_TEST(line() == "refused");
}

BOOST_AUTO_TEST_CASE(destruction_cancels_and_waits)
{
    run([this] {
        {
            fiber_pool pool(2);
            pool.post([this] {
                const witness unwound(*this, "job");
                this_fiber::sleep_for(1h);
            });
            this_fiber::sleep_for(1ms);
            pool.post(job("accepted before"));
        }
        note_time("gone");
    });
    BOOST_TEST(line() == "accepted before@1 ~job gone@1");
}

BOOST_AUTO_TEST_CASE(a_pool_that_nobody_used)
{
    run([this] {
        {
            const fiber_pool pool(100);
        }
        note_time("gone");
    });
    BOOST_TEST(line() == "gone@0");
}

BOOST_AUTO_TEST_CASE(cancelling_all_fibers_stops_it)
{
    run([this] {
        fiber_pool pool(2);
        pool.post([this] {
            BOOST_TEST(error_of([] { this_fiber::sleep_for(1h); }) == aborted);
            note("job");
        });
        this_fiber::sleep_for(1ms);
        weft::scheduler::current().cancel_all();
        {
            const weft::cancellation_blocker blocker;
            this_fiber::sleep_for(1ms);
            BOOST_TEST(pool.available() == 0U);
            BOOST_TEST(!pool.try_post(job("never")));
            pool.join();
        }
    });
    BOOST_TEST(line() == "job");
}

// ── failures ────────────────────────────────────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(a_failure_goes_to_the_handler_and_the_worker_goes_on)
{
    run([this] {
        fiber_pool pool(1, {.on_failure = [this](const std::exception_ptr& error) {
                            try
                            {
                                std::rethrow_exception(error);
                            }
                            catch (const std::runtime_error& failure)
                            {
                                note(failure.what());
                            }
                        }});
        pool.post([held = std::make_shared<witness>(*this, "job")] { throw std::runtime_error("failed"); });
        pool.post(job("next"));
        pool.join();
    });
    BOOST_TEST(line() == "failed ~job next@0");
}

BOOST_AUTO_TEST_CASE(a_failure_without_a_handler_ends_the_program)
{
    const auto child = run_in_child([] {
        weft::run([] {
            fiber_pool pool(1, {.worker = {.name = "digger"}});
            pool.post([] { throw std::runtime_error("the reason"); });
            pool.join();
        });
    });
    BOOST_TEST(child.killed_by(SIGABRT));
    BOOST_TEST(child.errors.find("digger") != std::string::npos, child.errors);
    BOOST_TEST(child.errors.find("the reason") != std::string::npos, child.errors);
}

BOOST_AUTO_TEST_CASE(a_job_that_cannot_be_copied_in)
{
    struct fragile
    {
        recorder* where;
        int* copies_left;

        fragile(recorder& to, int& left) noexcept : where(&to), copies_left(&left) {}
        fragile(const fragile& other) : where(other.where), copies_left(other.copies_left)
        {
            if ((*copies_left)-- == 0)
            {
                throw std::runtime_error("no copy");
            }
        }
        void operator()() const
        {
            where->note("fragile");
        }
    };
    run([this] {
        fiber_pool pool(1);
        int copies_left = 0;
        const fragile one(*this, copies_left);
        BOOST_CHECK_THROW(pool.try_post(one), std::runtime_error);
        BOOST_TEST((pool.available() == 1U || (this_fiber::yield(), pool.available() == 1U)));
        pool.post(job("a", 1ms));
        // Its copy is made by the worker, and the exception comes here.
        copies_left = 0;
        BOOST_CHECK_THROW(pool.post(one), std::runtime_error);
        note_time("refused");
        copies_left = 10;
        pool.post(one);
        copies_left = 0;
        BOOST_CHECK_THROW(pool.post_after(1ms, one), std::runtime_error);
        pool.join();
    });
    BOOST_TEST(line() == "a@0 refused@1 fragile");
}

BOOST_AUTO_TEST_CASE(options_that_make_no_sense)
{
    run([] {
        BOOST_TEST(error_of([] { fiber_pool(0); }) == errc::invalid_argument);
        BOOST_TEST(error_of([] { fiber_pool(2, {.worker = {.stack_size = 1}}); }) == errc::invalid_argument);
    });
    BOOST_TEST(error_of([] { fiber_pool(1); }) == errc::operation_not_permitted);
}

BOOST_AUTO_TEST_SUITE_END()
