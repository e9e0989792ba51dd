// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/condition_variable.hpp>
#include <weft/sync/mutex.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

BOOST_FIXTURE_TEST_SUITE(notify_at_fiber_exit, virtual_time)

WEFT_DRIVEN_TEST_CASE(after_the_fibers_locals_and_before_its_joiner)
{
    drive(driver, clock, [this] {
        weft::mutex mutex;
        weft::condition_variable ended;
        bool done = false;
        weft::fiber_specific_ptr<witness> specific;
        fiber worker([&] {
            const witness local(*this, "local");
            specific.reset(new witness(*this, "specific"));
            std::unique_lock lock(mutex);
            done = true;
            weft::notify_all_at_fiber_exit(ended, std::move(lock));
            specific.reset(new witness(*this, "other"));
            this_fiber::sleep_for(2ms);
            note(mutex.try_lock() ? "?" : "locked");
        });
        fiber waiter([&] {
            std::unique_lock lock(mutex);
            ended.wait(lock, [&] { return done; });
            note_time("notified");
        });
        fiber already_waiting([&] {
            std::unique_lock lock(mutex);
            note_time("in_turn");
        });
        waiter.join();
        already_waiting.join();
        worker.join();
        note("joined");
    });
    BOOST_TEST(line() == "~specific locked ~local ~other notified@2 in_turn@2 joined");
}

BOOST_AUTO_TEST_CASE(the_waiter_is_woken_and_may_destroy_both)
{
    run([this] {
        struct shared_state
        {
            weft::mutex mutex;
            weft::condition_variable ended;
            bool done = false;
        };
        auto state = std::make_unique<shared_state>();
        fiber worker([inner = state.get()] {
            this_fiber::sleep_for(1ms);
            std::unique_lock lock(inner->mutex);
            inner->done = true;
            weft::notify_all_at_fiber_exit(inner->ended, std::move(lock));
        });
        {
            std::unique_lock lock(state->mutex);
            state->ended.wait(lock, [&] { return state->done; });
        }
        state.reset();
        note_time("destroyed");
        worker.join();
    });
    BOOST_TEST(line() == "destroyed@1");
}

BOOST_AUTO_TEST_CASE(a_thread_when_it_ends)
{
    for (int i = 0; i != 50; ++i)
    {
        weft::mutex mutex;
        weft::condition_variable ended;
        int data = 0; // plain
        std::thread worker([&] {
            std::unique_lock lock(mutex);
            data = 7;
            weft::notify_all_at_fiber_exit(ended, std::move(lock));
        });
        int seen = 0;
        run([&] {
            std::unique_lock lock(mutex);
            ended.wait(lock, [&] { return data != 0; });
            seen = data;
        });
        worker.join();
        BOOST_TEST(seen == 7);
    }
}

BOOST_AUTO_TEST_CASE(without_the_lock_it_is_an_error)
{
    run([] {
        weft::mutex mutex;
        weft::condition_variable ended;
        const auto notify = [&ended](std::unique_lock<weft::mutex> lock) {
            return error_of([&] { weft::notify_all_at_fiber_exit(ended, std::move(lock)); });
        };
        BOOST_TEST(notify({}) == errc::operation_not_permitted);
        BOOST_TEST(notify(std::unique_lock(mutex, std::defer_lock)) == errc::operation_not_permitted);
        BOOST_TEST(mutex.try_lock());
        mutex.unlock();
    });
}

BOOST_AUTO_TEST_SUITE_END()
