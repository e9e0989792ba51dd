// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H6: a fiber overflows its stack. The guard page turns that into a fault; but a handler that runs on the overflowed
// stack cannot run at all, the program dies without a word, and a frame larger than the guard steps over it.

#include "debug/support_report.hpp"
#include "hazard/large_frames.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <span>
#include <sys/mman.h>
#include <unistd.h>

using namespace weft::test;
namespace debug = weft::debug;

namespace
{

constexpr std::size_t stack_size = 64 * 1024;
constexpr std::byte mark{0x5a};

void say_hello(int /*number*/)
{
    constexpr char text[] = "handler\n";
    static_cast<void>(::write(STDERR_FILENO, text, sizeof(text) - 1));
    ::_exit(42);
}

void overflow_in_a_fiber()
{
    weft::run([] {
        weft::fiber(weft::attributes{.name = "victim", .stack_size = stack_size}, [] { recurse_for_ever(); }).join();
    });
}

/// A stack right above another one, with a guard in between, as they lie in a slab.
class neighbours
{
public:
    neighbours()
    {
        void* const base = ::mmap(nullptr, size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        require_in_child(base != MAP_FAILED, "mmap");
        base_ = static_cast<std::byte*>(base);
        std::fill_n(base_, below, mark);
        require_in_child(::mprotect(base_ + below, weft::page_size(), PROT_NONE) == 0, "mprotect");
    }
    neighbours(const neighbours&) = delete;
    neighbours& operator=(const neighbours&) = delete;
    ~neighbours()
    {
        ::munmap(base_, size());
    }

    weft::stack upper() const
    {
        return {base_ + below + weft::page_size(), stack_size};
    }

    bool lower_is_intact() const
    {
        const std::span lower(base_, below);
        return std::all_of(lower.begin(), lower.end(), [](std::byte one) { return one == mark; });
    }

private:
    static constexpr std::size_t below = 128 * 1024;

    static std::size_t size()
    {
        return below + weft::page_size() + stack_size;
    }

    std::byte* base_ = nullptr;
};

void call_in_context(weft::stack where, int (*function)(int))
{
    weft::fiber_context context(where, [function](weft::fiber_context&& caller) {
        function(1);
        return std::move(caller);
    });
    static_cast<void>(std::move(context).resume());
}

} // namespace

BOOST_AUTO_TEST_SUITE(stack_overflow)

BOOST_AUTO_TEST_CASE(H6_without_a_signal_stack_no_handler_runs)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        std::signal(SIGSEGV, &say_hello);
        overflow_in_a_fiber();
    });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(child.errors == "");
}

BOOST_AUTO_TEST_CASE(H6_the_report_names_the_fiber_and_the_handler_runs)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        std::signal(SIGSEGV, &say_hello);
        debug::install_overflow_report();
        overflow_in_a_fiber();
    });
    BOOST_TEST(child.exited_with(42));
    BOOST_TEST(line_after("weft: ", child.errors).starts_with("stack overflow in fiber victim#"));
    BOOST_TEST(child.errors.ends_with("handler\n"));
}

BOOST_AUTO_TEST_CASE(H6_a_frame_of_80_kilobytes_steps_over_the_guard)
{
    if (skipped_if_sanitized("with them a large frame is written when it is entered"))
    {
        return;
    }
    const auto child = run_in_child([] {
        const neighbours memory;
        call_in_context(memory.upper(), &without_probes);
        require_in_child(!memory.lower_is_intact(), "nobody has noticed");
    });
    BOOST_TEST(child.exited_with(0));
    BOOST_TEST(child.errors == "");
}

BOOST_AUTO_TEST_CASE(H6_with_probes_it_is_caught)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto unreported = run_in_child([] { call_in_context(neighbours().upper(), &with_probes); });
    BOOST_TEST(unreported.killed_by(SIGSEGV));
    BOOST_TEST(unreported.errors == "");
    const auto in_fiber = report_of([] { with_probes(1); });
    BOOST_TEST(in_fiber.killed_by(SIGSEGV));
    BOOST_TEST(line_after("weft: ", in_fiber.errors).starts_with("stack overflow in fiber victim#"));
}

BOOST_AUTO_TEST_SUITE_END()
