// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/deadline.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/fiber_storage.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>
#include <weft/sync/event.hpp>

#include "storage.hpp"
#include "support/errors.hpp"
#include "support/sanitized.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::attributes;
using weft::fiber;

namespace
{

bool is_inside(const weft::fiber_storage& where, const void* address)
{
    const auto memory = where.memory();
    return address >= memory.data() && address < memory.data() + memory.size();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(fiber_storage_calls, virtual_time)

BOOST_AUTO_TEST_CASE(W1_record_name_function_and_stack_are_in_it)
{
    const auto memory = make_storage();
    run([&] {
        BOOST_TEST(memory->idle());
        const void* local = nullptr;
        const void* captured = nullptr;
        std::string name;
        fiber one({.name = "lodger", .storage = memory.get()}, [&, value = 7] {
            const int here = value;
            local = &here;
            captured = &value;
            name = this_fiber::name();
            note("ran");
        });
        BOOST_TEST(!memory->idle());
        BOOST_TEST(is_inside(*memory, one.record()));
        BOOST_TEST(is_inside(*memory, one.name().data()));
        const auto id = one.get_id();
        one.join();
        BOOST_TEST(memory->idle());
        BOOST_TEST(is_inside(*memory, captured));
        // Under AddressSanitizer locals may be on a stack of its own.
        BOOST_TEST((runs_sanitized || is_inside(*memory, local)));
        BOOST_TEST(name == "lodger");
        BOOST_TEST(id != fiber::id());
    });
    BOOST_TEST(line() == "ran");
}

BOOST_AUTO_TEST_CASE(W1_used_again_and_again)
{
    const auto memory = make_storage();
    run([&] {
        fiber::id last;
        int runs = 0;
        for (int i = 0; i < 1000; ++i)
        {
            fiber one({.storage = memory.get()}, [&runs] {
                this_fiber::yield();
                ++runs;
            });
            BOOST_TEST_REQUIRE((one.get_id() != last));
            last = one.get_id();
            one.join();
        }
        BOOST_TEST(runs == 1000);
    });
}

BOOST_AUTO_TEST_CASE(W1_in_use_is_refused_and_disturbs_nobody)
{
    const auto memory = make_storage();
    run([&] {
        weft::manual_reset_event go;
        fiber one({.storage = memory.get()}, [&] {
            go.wait();
            note("first");
        });
        const auto again = [&] { fiber({.storage = memory.get()}, [this] { note("second"); }).join(); };
        BOOST_TEST(error_of(again) == errc::device_or_resource_busy);
        this_fiber::yield();
        BOOST_TEST(error_of(again) == errc::device_or_resource_busy);
        go.set();
        this_fiber::yield();
        // It has ended, but may still be joined.
        BOOST_TEST((one.state() == weft::fiber_state::terminated));
        BOOST_TEST(error_of(again) == errc::device_or_resource_busy);
        one.join();
        again();
    });
    BOOST_TEST(line() == "first second");
}

BOOST_AUTO_TEST_CASE(free_again_when_a_detached_one_has_ended)
{
    const auto memory = make_storage();
    run([&] {
        fiber({.storage = memory.get()}, [] { this_fiber::sleep_for(1ms); }).detach();
        BOOST_TEST(!memory->idle());
        this_fiber::sleep_for(2ms);
        BOOST_TEST(memory->idle());
    });
}

BOOST_AUTO_TEST_CASE(a_waker_keeps_it)
{
    const auto memory = make_storage();
    run([&] {
        weft::waker kept;
        fiber one({.storage = memory.get()},
                  [&kept] { this_fiber::suspend([&kept](weft::waker mine) { kept = std::move(mine); }); });
        this_fiber::yield();
        BOOST_TEST(kept());
        one.join();
        BOOST_TEST(!memory->idle());
        BOOST_TEST(!kept());
        kept = {};
        BOOST_TEST(memory->idle());
    });
}

BOOST_AUTO_TEST_CASE(deferred_ones)
{
    const auto memory = make_storage();
    run([&] {
        fiber never(weft::launch::deferred, {.storage = memory.get()}, [this] { note("never"); });
        BOOST_TEST(!memory->idle());
        never.join();
        BOOST_TEST(memory->idle());
        fiber later(weft::launch::deferred, {.storage = memory.get()}, [this] { note("later"); });
        later.start();
        later.join();
        BOOST_TEST(memory->idle());
    });
    BOOST_TEST(line() == "later");
}

BOOST_AUTO_TEST_CASE(dispatched_ones_run_at_once)
{
    const auto memory = make_storage();
    run([&] {
        fiber one(weft::launch::dispatch, {.storage = memory.get()}, [this] {
            note("child");
            this_fiber::yield();
            note("child");
        });
        note("parent");
        one.join();
        note("joined");
    });
    BOOST_TEST(line() == "child parent child joined");
}

BOOST_AUTO_TEST_CASE(an_exception_comes_out_of_join)
{
    const auto memory = make_storage();
    run([&] {
        fiber one({.storage = memory.get()}, [] { throw std::runtime_error("lost"); });
        BOOST_CHECK_THROW(one.join(), std::runtime_error);
        BOOST_TEST(memory->idle());
    });
}

BOOST_AUTO_TEST_CASE(order_among_other_fibers)
{
    const std::array memory{make_storage(), make_storage()};
    run([&] {
        const auto twice = [this](const char* name) {
            return [this, name] {
                note(name);
                this_fiber::yield();
                note(name);
            };
        };
        std::vector<fiber> all;
        all.emplace_back(twice("a"));
        all.emplace_back(attributes{.storage = memory[0].get()}, twice("B"));
        all.emplace_back(twice("c"));
        all.emplace_back(attributes{.storage = memory[1].get()}, twice("D"));
        join_all(all);
    });
    BOOST_TEST(line() == "a B c D a B c D");
}

BOOST_AUTO_TEST_CASE(cancellation_deadline_locals_and_jfiber)
{
    const auto memory = make_storage();
    weft::fiber_specific_ptr<witness> local;
    run([&] {
        {
            weft::jfiber one(weft::launch::post, {.storage = memory.get()}, [&] {
                local.reset(new witness(*this, "local"));
                BOOST_TEST(error_of([] { this_fiber::sleep_for(1h); }) == aborted);
            });
            this_fiber::yield();
        }
        BOOST_TEST(memory->idle());
        fiber({.storage = memory.get()}, [] {
            const weft::deadline limit(5ms);
            BOOST_TEST(error_of([] { this_fiber::sleep_for(1h); }) == timed_out);
        }).join();
        note_time("end");
    });
    BOOST_TEST(line() == "~local end@5");
}

BOOST_AUTO_TEST_CASE(spawned_with_a_token)
{
    const auto memory = make_storage();
    boost::asio::io_context io;
    weft::spawn(
        io, {.storage = memory.get()}, [] { return 7; },
        [this](const std::exception_ptr& error, int result) { note(error ? "failed" : "result", result); });
    BOOST_TEST(!memory->idle());
    io.run();
    BOOST_TEST(memory->idle());
    BOOST_TEST(line() == "result7");
}

BOOST_AUTO_TEST_CASE(the_scheduler_goes_away)
{
    const std::array memory{make_storage(), make_storage()};
    {
        boost::asio::io_context io;
        weft::spawn(io, {.storage = memory[0].get()}, [this] {
            const witness unwound(*this, "unwound");
            this_fiber::sleep_for(1h);
        });
        io.poll();
        weft::spawn(io, {.storage = memory[1].get()}, [this] { note("never"); });
    }
    BOOST_TEST(line() == "~unwound");
    BOOST_TEST(memory[0]->idle());
    BOOST_TEST(memory[1]->idle());
}

// Whoever has joined may use the memory at once, from whatever thread.
BOOST_AUTO_TEST_CASE(joined_from_another_thread)
{
    const auto memory = make_storage();
    boost::asio::io_context io;
    auto work = boost::asio::make_work_guard(io);
    std::thread other([&io] { io.run(); });
    int busy = 0;
    int runs = 0;
    for (int i = 0; i < 300; ++i)
    {
        fiber made;
        weft::manual_reset_event is_made;
        weft::spawn(io, [&] {
            made = fiber({.storage = memory.get()}, [&runs, i] {
                for (int turn = 0; turn < i % 5; ++turn)
                {
                    this_fiber::yield();
                }
                ++runs;
            });
            is_made.set();
        });
        is_made.wait();
        made.join();
        busy += memory->idle() ? 0 : 1;
        std::fill(memory->memory().begin(), memory->memory().end(), std::byte{0xee});
    }
    work.reset();
    other.join();
    BOOST_TEST(busy == 0);
    BOOST_TEST(runs == 300);
}

BOOST_AUTO_TEST_CASE(seen_idle_from_another_thread)
{
    const auto memory = make_storage();
    boost::asio::io_context io;
    auto work = boost::asio::make_work_guard(io);
    std::thread other([&io] { io.run(); });
    int runs = 0;
    for (int i = 0; i < 300; ++i)
    {
        weft::spawn(io, {.storage = memory.get()}, [&runs] { ++runs; });
        while (!memory->idle())
        {
            std::this_thread::yield();
        }
        std::fill(memory->memory().begin(), memory->memory().end(), std::byte{0xee});
    }
    BOOST_TEST(runs == 300);
    work.reset();
    other.join();
}

BOOST_AUTO_TEST_SUITE_END()
