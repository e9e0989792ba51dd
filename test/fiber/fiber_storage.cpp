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
#include <weft/sync/mutex.hpp>

#include "support/allocation_counter.hpp"
#include "support/child_process.hpp"
#include "support/errors.hpp"
#include "support/memory_calls.hpp"
#include "support/sanitized.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::attributes;
using weft::fiber;

namespace
{

constexpr int done = 42;
constexpr std::size_t stack_bytes = 64 * 1024;
using storage = weft::static_fiber_storage<stack_bytes>;

bool is_inside(const weft::fiber_storage& where, const void* address)
{
    const auto memory = where.memory();
    return address >= memory.data() && address < memory.data() + memory.size();
}

/// In memory of its own, not of the frame.
std::unique_ptr<storage> make_storage()
{
    return std::make_unique<storage>();
}

/// Two fibers in storage: a lock handed over, an event, a sleep, a wait with a limit, one end by join and one alone.
void spawn_run_wait_and_finish(storage& first, storage& second)
{
    weft::mutex mutex;
    weft::auto_reset_event event;
    int rounds = 0;
    fiber owner({.name = "the owner, with a name too long for any small string", .storage = &first}, [&] {
        const std::lock_guard guard(mutex);
        this_fiber::sleep_for(1ms);
        this_fiber::yield();
        ++rounds;
    });
    fiber(weft::launch::dispatch, {.storage = &second}, [&] {
        event.wait_for(1h);
        const std::lock_guard guard(mutex);
        ++rounds;
        event.set();
    }).detach();
    this_fiber::yield();
    event.set();
    owner.join();
    event.wait();
    require_in_child(rounds == 2, "both have run");
    // The other one sets the event and ends.
    this_fiber::yield();
    require_in_child(first.idle() && second.idle(), "both are over");
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

BOOST_AUTO_TEST_CASE(no_stack_of_the_scheduler_is_used)
{
    std::vector<std::unique_ptr<storage>> memory;
    for (int i = 0; i < 8; ++i)
    {
        memory.push_back(make_storage());
    }
    boost::asio::io_context io;
    weft::scheduler::of(io).use_stacks({.max_stacks = 2});
    int runs = 0;
    weft::spawn(io, [&] {
        for (int round = 0; round < 3; ++round)
        {
            std::vector<fiber> all;
            for (const auto& one : memory)
            {
                all.emplace_back(attributes{.storage = one.get()}, [&runs] {
                    this_fiber::yield();
                    ++runs;
                });
            }
            all.emplace_back([&runs] { ++runs; });
            join_all(all);
        }
    });
    io.run();
    BOOST_TEST(runs == 27);
}

BOOST_AUTO_TEST_CASE(too_small_for_record_name_or_stack)
{
    const auto memory = make_storage();
    run([&] {
        const auto make = [&](const attributes& wanted) { return error_of([&] { fiber(wanted, [] {}).join(); }); };
        BOOST_TEST(make({.stack_size = stack_bytes, .storage = memory.get()}) == boost::system::error_code());
        BOOST_TEST(make({.stack_size = 2 * stack_bytes, .storage = memory.get()}) == errc::invalid_argument);
        BOOST_TEST(memory->idle());
        const std::string name(stack_bytes, 'n');
        BOOST_TEST(make({.name = name, .storage = memory.get()}) == errc::invalid_argument);
        // A long one costs stack.
        BOOST_TEST(make({.name = std::string_view(name).substr(0, stack_bytes / 2), .storage = memory.get()}) ==
                   boost::system::error_code());
        std::array<std::byte, stack_bytes> large{};
        BOOST_TEST(error_of([&] { fiber({.storage = memory.get()}, [large] { static_cast<void>(large); }).join(); }) ==
                   errc::invalid_argument);
        BOOST_TEST(memory->idle());
        weft::fiber_storage nothing(std::span<std::byte>{});
        BOOST_TEST(make({.storage = &nothing}) == errc::invalid_argument);
        std::array<std::byte, 100> few{};
        weft::fiber_storage little{std::span(few)};
        BOOST_TEST(make({.storage = &little}) == errc::invalid_argument);
        BOOST_TEST(little.idle());
    });
}

BOOST_AUTO_TEST_CASE(memory_that_begins_and_ends_anywhere)
{
    const auto bytes = std::make_unique<std::byte[]>(stack_bytes);
    for (std::size_t offset = 0; offset < 40; ++offset)
    {
        weft::fiber_storage odd({bytes.get() + offset, stack_bytes - 2 * offset});
        run([&] {
            struct alignas(64) aligned
            {
                int value = 5;
            };
            fiber({.storage = &odd}, [this, inside = aligned()] {
                const aligned local;
                BOOST_TEST(reinterpret_cast<std::uintptr_t>(&inside) % 64 == 0U);
                BOOST_TEST(reinterpret_cast<std::uintptr_t>(&local) % 64 == 0U);
                note("x");
            }).join();
        });
    }
}

BOOST_AUTO_TEST_CASE(a_function_object_that_cannot_be_copied_in)
{
    struct thrower
    {
        thrower() = default;
        thrower(const thrower&)
        {
            throw std::runtime_error("no copy");
        }
        void operator()() const {}
    };
    const auto memory = make_storage();
    run([&] {
        const thrower function;
        BOOST_CHECK_THROW(fiber({.storage = memory.get()}, function), std::runtime_error);
        BOOST_TEST(memory->idle());
        fiber({.storage = memory.get()}, [this] { note("ran"); }).join();
    });
    BOOST_TEST(line() == "ran");
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

BOOST_AUTO_TEST_CASE(destroyed_in_use_terminates)
{
    const auto child = run_in_child([] {
        weft::run([] {
            auto memory = make_storage();
            fiber one({.storage = memory.get()}, [] { this_fiber::sleep_for(1h); });
            memory.reset();
        });
    });
    BOOST_TEST(child.killed_by(SIGABRT), child.errors);
}

BOOST_AUTO_TEST_CASE(each_allocation_fails_in_turn)
{
    if (!allocations_can_fail())
    {
        return;
    }
    const auto memory = make_storage();
    int failed = 0;
    for (std::uint64_t n = 1; n <= 4; ++n)
    {
        run([&] {
            bool is_over = false;
            fail_allocation(n);
            try
            {
                fiber one({.name = "a name that no small string holds", .storage = memory.get()}, [&is_over] {
                    this_fiber::sleep_for(1ms);
                    is_over = true;
                });
                one.join();
            }
            catch (const std::bad_alloc&)
            {
                ++failed;
            }
            fail_allocation(0);
            BOOST_TEST(memory->idle());
            fiber({.storage = memory.get()}, [this] { note("again"); }).join();
        });
    }
    // Room for timers is all that is ever asked for.
    BOOST_TEST(failed == 1);
    BOOST_TEST(line() == "again again again again");
}

BOOST_AUTO_TEST_CASE(W1_spawn_run_wait_and_finish_without_malloc_and_mmap)
{
    if (skipped_if_sanitized("they take memory of their own"))
    {
        return;
    }
    static storage first;
    static storage second;
    const auto child = run_in_child([this] {
        run([] {
            spawn_run_wait_and_finish(first, second); // the scheduler reserves its timers
            const auto before = malloc_count();
            if (!forbid_memory_system_calls())
            {
                std::fputs("seccomp is not to be had\n", stderr);
            }
            for (int i = 0; i < 100; ++i)
            {
                spawn_run_wait_and_finish(first, second);
            }
            require_in_child(before != 0 && malloc_count() == before, "malloc was not called");
            ::_exit(done);
        });
    });
    BOOST_TEST(child.exited_with(done), child.errors);
}

BOOST_AUTO_TEST_CASE(W1_the_check_itself_notices)
{
    if (skipped_if_sanitized("they take memory of their own"))
    {
        return;
    }
    const auto child = run_in_child([] {
        const auto before = malloc_count();
        ::operator delete(::operator new(1)); // not an expression that a compiler may leave out
        require_in_child(malloc_count() != before, "malloc is counted");
        if (!forbid_memory_system_calls())
        {
            std::fputs("seccomp is not to be had\n", stderr);
            return;
        }
        weft::run([] { fiber(attributes{.stack_size = 1024 * 1024}, [] {}).join(); });
    });
    BOOST_TEST((child.killed_by(SIGSYS) || child.errors.starts_with("seccomp is not")), child.errors);
}

BOOST_AUTO_TEST_SUITE_END()
