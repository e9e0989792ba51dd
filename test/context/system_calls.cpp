// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/fiber_context.hpp>
#include <weft/context/generator.hpp>
#include <weft/context/guarded_stacks.hpp>
#include <weft/context/slab_stacks.hpp>
#include <weft/context/stack.hpp>

#include "support/child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <utility>

#if defined(__linux__)
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "fixtures.hpp"

using weft::fiber_context;
using weft::stack;
using weft::test::skipped_under_sanitizers;
using weft::test::small_stack;

#if defined(__linux__)

namespace
{

constexpr int done = 42;

/// In a child where every system call but read, write and exit kills.
template <class Body>
weft::test::child_result run_without_system_calls(Body body)
{
    return weft::test::run_in_child([&body] {
        if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0)
        {
            std::fputs("seccomp is not to be had\n", stderr);
            ::_exit(done);
        }
        body();
        ::syscall(SYS_exit, done);
    });
}

fiber_context ping_pong(fiber_context&& caller)
{
    for (int i = 0; i != 10; ++i)
    {
        caller = std::move(caller).resume();
    }
    return std::move(caller);
}

} // namespace

BOOST_AUTO_TEST_SUITE(system_calls)

BOOST_AUTO_TEST_CASE(F7_none_for_a_context_on_the_callers_memory)
{
    if (skipped_under_sanitizers("they make system calls of their own"))
    {
        return;
    }
    alignas(64) static std::array<std::byte, small_stack> memory;
    const auto result = run_without_system_calls([] {
        fiber_context other(stack{memory.data(), memory.size()}, &ping_pong);
        while (other)
        {
            other = std::move(other).resume();
        }
        // Two in one: started, then unwound by an exception.
        fiber_context dropped(stack{memory.data(), memory.size()}, &ping_pong);
    });
    BOOST_TEST(result.exited_with(done), result.errors);
}

BOOST_AUTO_TEST_CASE(F7_none_for_a_generator_on_the_callers_memory)
{
    if (skipped_under_sanitizers("they make system calls of their own"))
    {
        return;
    }
    alignas(64) static std::array<std::byte, small_stack> memory;
    // The first exception of a process sets up the unwinder of the C++ runtime, which asks the system.
    BOOST_CHECK_THROW(throw weft::test::expected_error("first"), weft::test::expected_error);
    const auto result = run_without_system_calls([] {
        const auto count_down = [](auto& yield, int from) {
            for (; from != 0; --from)
            {
                yield(from);
            }
        };
        weft::generator<int, int> first(stack{memory.data(), memory.size()}, count_down);
        while (first.resume(10))
        {
        }
        // Two in one: on a stack that was handed back, and unwound by an exception.
        weft::generator<int, int> second(first.release_stack(), count_down);
        second.resume(10);
    });
    BOOST_TEST(result.exited_with(done), result.errors);
}

BOOST_AUTO_TEST_CASE(none_for_a_stack_that_was_kept)
{
    if (skipped_under_sanitizers("they make system calls of their own"))
    {
        return;
    }
    weft::slab_stacks stacks(small_stack);
    stacks.deallocate(stacks.allocate());
    const auto result = run_without_system_calls([&stacks] {
        fiber_context other(std::allocator_arg, stacks, &ping_pong);
        while (other)
        {
            other = std::move(other).resume();
        }
    });
    BOOST_TEST(result.exited_with(done), result.errors);
}

BOOST_AUTO_TEST_CASE(the_check_itself_kills)
{
    if (skipped_under_sanitizers("they make system calls of their own"))
    {
        return;
    }
    const auto result = run_without_system_calls([] {
        fiber_context other(std::allocator_arg, weft::guarded_stacks(small_stack), &ping_pong); // maps a stack
        while (other)
        {
            other = std::move(other).resume();
        }
    });
    BOOST_TEST((result.killed_by(SIGKILL) || result.errors.starts_with("seccomp is not")), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()

#endif
