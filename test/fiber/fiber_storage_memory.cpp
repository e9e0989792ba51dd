// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_storage.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/event.hpp>
#include <weft/sync/mutex.hpp>

#include "storage.hpp"
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
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::attributes;
using weft::fiber;

namespace
{

constexpr int done = 42;

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

// W1: what fits into the memory, what it is used up for, and that no other is asked for.
BOOST_FIXTURE_TEST_SUITE(fiber_storage_memory, virtual_time)

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
