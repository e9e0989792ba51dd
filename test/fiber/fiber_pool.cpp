// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_pool.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "pool_time.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::fiber_pool;

namespace
{

int free_function_calls = 0;

void free_function()
{
    ++free_function_calls;
}

} // namespace

// V8, W5: a fixed number of workers, the one that was idle last goes first, and calls that wait for one.
BOOST_FIXTURE_TEST_SUITE(fiber_pool_calls, pool_time)

BOOST_AUTO_TEST_CASE(W5_a_fixed_number_and_no_more)
{
    run([this] {
        fiber_pool pool(2);
        BOOST_TEST(pool.size() == 2U);
        BOOST_TEST(pool.available() == 2U);
        BOOST_TEST(pool.try_post(job("a", 1ms)));
        BOOST_TEST(pool.available() == 1U);
        BOOST_TEST(pool.try_post(job("b", 2ms)));
        BOOST_TEST(!pool.try_post(job("c")));
        this_fiber::sleep_for(1500us);
        BOOST_TEST(pool.available() == 1U);
        BOOST_TEST(pool.try_post(job("d", 1ms)));
        BOOST_TEST(!pool.try_post(job("e")));
        pool.join();
        BOOST_TEST(!pool.try_post(job("f")));
    });
    BOOST_TEST(line() == "a@0 b@0 d@1");
}

BOOST_AUTO_TEST_CASE(W5_the_worker_that_was_idle_last_goes_first)
{
    run([] {
        fiber_pool pool(3);
        std::vector<fiber::id> of_job(6);
        const auto take = [&of_job](std::size_t which, std::chrono::milliseconds duration) {
            return [&of_job, which, duration] {
                of_job[which] = this_fiber::get_id();
                this_fiber::sleep_for(duration);
            };
        };
        pool.post(take(0, 3ms));
        pool.post(take(1, 1ms));
        pool.post(take(2, 2ms));
        this_fiber::sleep_for(5ms);
        // They became idle as 1, 2, 0.
        pool.post(take(3, 1ms));
        pool.post(take(4, 1ms));
        pool.post(take(5, 1ms));
        pool.join();
        BOOST_TEST((of_job[3] == of_job[0]));
        BOOST_TEST((of_job[4] == of_job[2]));
        BOOST_TEST((of_job[5] == of_job[1]));
    });
    run([] {
        fiber_pool pool(3);
        std::vector<fiber::id> seen;
        for (int i = 0; i < 5; ++i)
        {
            pool.post([&seen] { seen.push_back(this_fiber::get_id()); });
            this_fiber::yield();
            this_fiber::yield();
        }
        pool.join();
        BOOST_TEST((seen == std::vector(5, seen.front())));
    });
}

BOOST_AUTO_TEST_CASE(jobs_of_every_kind)
{
    run([this] {
        fiber_pool pool(1, {.worker = {.name = "hand"}});
        free_function_calls = 0;
        pool.post(free_function);
        pool.post(&free_function);
        pool.post([this, owned = std::make_unique<int>(1)] { note("moved", *owned); });
        const auto constant = [this] { note("copied"); };
        pool.post(constant);
        std::array<char, 500> large{'L'};
        pool.post([this, large] { note(std::string_view(large.data(), 1)); });
        pool.post([this] { note(this_fiber::name()); });
        // A second call waits for the worker: the same kinds by way of the waiting frame.
        pool.post(free_function);
        pool.post(constant);
        pool.join();
        BOOST_TEST(free_function_calls == 3);
    });
    BOOST_TEST(line() == "moved1 copied L hand copied");
}

BOOST_AUTO_TEST_CASE(a_job_is_destroyed_before_the_next_one_runs)
{
    run([this] {
        fiber_pool pool(1);
        pool.post([this, held = std::make_shared<witness>(*this, "a")] { note("a"); });
        pool.post(job("b"));
        pool.join();
    });
    BOOST_TEST(line() == "a ~a b@0");
}

// ── post in five situations ─────────────────────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(post_ready_at_once)
{
    run([this] {
        fiber_pool pool(2);
        const auto before = weft::scheduler::current().counters().switches;
        pool.post(job("a"));
        BOOST_TEST(pool.post_for(0s, job("b")));
        BOOST_TEST(weft::scheduler::current().counters().switches == before);
        note("posted");
        pool.join();
    });
    BOOST_TEST(line() == "posted a@0 b@0");
}

BOOST_AUTO_TEST_CASE(W5_post_woken_later_first_come_first_served)
{
    run([this] {
        fiber_pool pool(1);
        pool.post(job("a", 5ms));
        std::vector<fiber> posters;
        for (const auto name : {"b", "c", "d"})
        {
            posters.emplace_back([this, &pool, name] {
                pool.post(job(name, 1ms));
                note_time("posted");
            });
        }
        this_fiber::sleep_for(1ms);
        BOOST_TEST(!pool.try_post(job("never")));
        join_all(posters);
        pool.join();
        note_time("joined");
    });
    BOOST_TEST(line() == "a@0 b@5 posted@5 c@6 posted@6 d@7 posted@7 joined@8");
}

BOOST_AUTO_TEST_CASE(post_timed_out_leaves_the_job_as_it_was)
{
    run([this] {
        fiber_pool pool(1);
        pool.post(job("a", 5ms));
        auto owned = std::make_unique<int>(7);
        auto later = [this, owned = std::move(owned)] { note("owned", *owned); };
        BOOST_TEST(!pool.try_post(std::move(later)));
        BOOST_TEST(!pool.post_for(2ms, std::move(later)));
        note_time("gave up");
        BOOST_TEST(!pool.post_until(this_fiber::now() - 1s, std::move(later)));
        BOOST_TEST(pool.post_for(1h, std::move(later)));
        note_time("posted");
        pool.join();
    });
    BOOST_TEST(line() == "a@0 gave up@2 owned7 posted@5");
}

BOOST_AUTO_TEST_CASE(post_cancelled_and_past_a_deadline)
{
    run([this] {
        fiber_pool pool(1);
        pool.post(job("a", 10ms));
        fiber poster([&] {
            const witness unwound(*this, "poster");
            BOOST_TEST(error_of([&] { pool.post(job("never")); }) == aborted);
            BOOST_TEST(error_of([&] { pool.post(job("never")); }) == aborted);
        });
        this_fiber::sleep_for(1ms);
        poster.cancel();
        poster.join();
        {
            const weft::deadline limit(2ms);
            BOOST_TEST(error_of([&] { pool.post(job("never")); }) == timed_out);
            BOOST_TEST(error_of([&] { pool.post_for(1h, job("never")); }) == timed_out);
        }
        note_time("over");
        pool.join();
    });
    BOOST_TEST(line() == "a@0 ~poster over@3");
}

BOOST_AUTO_TEST_CASE(post_to_a_pool_that_stops)
{
    run([this] {
        fiber_pool pool(1);
        pool.post([this] {
            BOOST_TEST(error_of([] { this_fiber::sleep_for(1h); }) == aborted);
            note_time("cancelled");
        });
        fiber poster([&] {
            BOOST_TEST(error_of([&] { pool.post(job("never")); }) == aborted);
            note("refused");
        });
        this_fiber::sleep_for(1ms);
        pool.stop();
        poster.join();
        pool.join();
        BOOST_TEST(error_of([&] { pool.post(job("never")); }) == aborted);
        BOOST_TEST(error_of([&] { pool.post_for(1ms, job("never")); }) == aborted);
        BOOST_TEST(error_of([&] { pool.post_after(1ms, job("never")); }) == aborted);
        BOOST_TEST(!pool.try_post(job("never")));
        pool.stop();
        note_time("over");
    });
    BOOST_TEST(line() == "refused cancelled@1 over@1");
}

// ── post_after ──────────────────────────────────────────────────────────────────────────────────────────────────────

BOOST_AUTO_TEST_CASE(V8_post_after_a_delay)
{
    run([this] {
        fiber_pool pool(2);
        pool.post_after(5ms, job("e"));
        pool.post_after(2ms, job("b"));
        pool.post_after(2ms, job("c"));
        this_fiber::sleep_for(1ms);
        pool.post_after(0ms, job("a"));
        pool.post_after(-1h, job("A"));
        pool.post_after(2ms, job("d"));
        this_fiber::sleep_for(100ms);
        pool.post_after(1us, job("f"));
        pool.join();
        note_time("joined");
    });
    BOOST_TEST(line() == "a@1 A@1 b@2 c@2 d@3 e@5 f@101 joined@101");
}

BOOST_AUTO_TEST_CASE(V8_a_delayed_job_waits_for_a_worker_too)
{
    run([this] {
        fiber_pool pool(1);
        pool.post(job("a", 5ms));
        pool.post_after(2ms, job("delayed"));
        fiber poster([&] { pool.post(job("posted")); });
        poster.join();
        pool.join();
    });
    BOOST_TEST(line() == "a@0 delayed@5 posted@5");
}

BOOST_AUTO_TEST_CASE(V8_a_delayed_job_goes_to_the_worker_that_was_idle_last)
{
    run([] {
        fiber_pool pool(3);
        this_fiber::yield();
        std::vector<fiber::id> seen;
        const auto note_worker = [&seen] { seen.push_back(this_fiber::get_id()); };
        pool.post(note_worker);
        pool.post_after(2ms, note_worker);
        pool.post_after(4ms, note_worker);
        pool.join();
        BOOST_TEST((seen == std::vector(3, seen.front())));
    });
}

BOOST_AUTO_TEST_CASE(no_more_delayed_jobs_than_there_is_room_for)
{
    run([this] {
        fiber_pool pool(1, {.max_delayed = 2});
        pool.post_after(1ms, job("a"));
        pool.post_after(2ms, job("b"));
        BOOST_TEST(error_of([&] { pool.post_after(3ms, job("never")); }) == errc::no_buffer_space);
        this_fiber::sleep_for(1500us);
        pool.post_after(1ms, job("c"));
        BOOST_TEST(error_of([&] { pool.post_after(3ms, job("never")); }) == errc::no_buffer_space);
        pool.join();
        fiber_pool none(1, {.max_delayed = 0});
        BOOST_TEST(error_of([&] { none.post_after(1ms, job("never")); }) == errc::no_buffer_space);
    });
    BOOST_TEST(line() == "a@1 b@2 c@2");
}

BOOST_AUTO_TEST_CASE(delayed_jobs_of_a_pool_that_stops_are_destroyed)
{
    run([this] {
        {
            fiber_pool pool(1);
            pool.post_after(std::chrono::hours::max(), job("never"));
            pool.post_after(1h, [held = std::make_shared<witness>(*this, "job")] {});
            this_fiber::sleep_for(1ms);
            pool.stop();
            note("stopped");
        }
        note_time("gone");
    });
    BOOST_TEST(line() == "~job stopped gone@1");
}

BOOST_AUTO_TEST_SUITE_END()
