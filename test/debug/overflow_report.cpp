// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/debug/spawn_site.hpp>
#include <weft/debug/stack_usage.hpp>

#include "debug/support_report.hpp"
#include "support/allocation_counter.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdio>
#include <malloc.h>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

using namespace weft::test;
namespace debug = weft::debug;
namespace this_fiber = weft::this_fiber;

namespace
{

/// What the parent compares the report with.
void tell(const char* what, const std::string& value)
{
    std::fprintf(stderr, "%s=%s\n", what, value.c_str());
}

std::string without_function(const std::string& site)
{
    return site.substr(0, site.find(' '));
}

} // namespace

BOOST_AUTO_TEST_SUITE(overflow_report)

BOOST_AUTO_TEST_CASE(W4_M4_names_the_fiber_and_all_that_is_known_of_it)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = report_of([] {
        tell("number", std::to_string(this_fiber::get_id().number()));
        tell("site", to_string(debug::this_fiber_spawn_site()));
        tell("size", std::to_string(debug::this_fiber_stack_usage().size));
        recurse_for_ever();
    });
    BOOST_TEST(child.killed_by(SIGSEGV));
    const auto& text = child.errors;
    const auto size = line_after("size=", text);
    BOOST_TEST(line_after("weft: ", text) == "stack overflow in fiber victim#" + line_after("number=", text));
    BOOST_TEST(count_of("stack overflow", text) == 1U);
    BOOST_TEST(text.find("stack of " + size + " bytes") != text.npos);
    BOOST_TEST(line_after("high-water mark ", text) == size + " bytes");
    BOOST_TEST(without_function(line_after("spawned at ", text)) == without_function(line_after("site=", text)));
    BOOST_TEST_CONTEXT(text)
    {
        BOOST_TEST(count_of("times\n", text) >= 1U); // the recursion
        BOOST_TEST(count_of("weft:     ", text) >= 3U);
        BOOST_TEST(count_of("addr2line", text) == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_fiber_without_a_name_has_a_number)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        debug::install_overflow_report();
        weft::run([] {
            weft::fiber([] {
                tell("number", std::to_string(this_fiber::get_id().number()));
                recurse_for_ever();
            }).join();
        });
    });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(line_after("weft: ", child.errors) == "stack overflow in fiber #" + line_after("number=", child.errors));
}

BOOST_AUTO_TEST_CASE(a_place_that_the_attributes_name)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        debug::install_overflow_report();
        weft::run([] { weft::fiber(weft::attributes{.site = {"parser.cpp", 42, "parse"}}, recurse_for_ever).join(); });
    });
    BOOST_TEST(line_after("spawned at ", child.errors) == "parser.cpp:42 (parse)");
}

BOOST_AUTO_TEST_CASE(a_thread_that_runs_fibers_later)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        debug::install_overflow_report();
        std::thread([] { weft::run([] { recurse_for_ever(); }); }).join();
    });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(line_after("weft: ", child.errors).starts_with("stack overflow in fiber main#"));
}

BOOST_AUTO_TEST_CASE(a_context_inside_of_a_fiber)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = report_of([] {
        weft::fiber_context inner([](weft::fiber_context&& caller) {
            recurse_for_ever();
            return std::move(caller);
        });
        static_cast<void>(std::move(inner).resume());
    });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(line_after("weft: ", child.errors)
                   .starts_with("stack overflow on a stack that is no fiber's, a generator's or a fiber_context's, "
                                "resumed by fiber victim#"));
    BOOST_TEST(count_of("stack overflow", child.errors) == 1U);
}

BOOST_AUTO_TEST_CASE(a_context_without_fibers)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        debug::install_overflow_report();
        weft::fiber_context alone([](weft::fiber_context&& caller) {
            recurse_for_ever();
            return std::move(caller);
        });
        static_cast<void>(std::move(alone).resume());
    });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(line_after("weft: ", child.errors).ends_with("resumed by no fiber"));
}

BOOST_AUTO_TEST_CASE(the_threads_own_stack_inside_of_on_thread_stack)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = report_of([] { weft::on_thread_stack([] { recurse_for_ever(); }); });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(line_after("weft: ", child.errors).starts_with("overflow of the thread's own stack, in fiber victim#"));
    const auto elsewhere = run_in_child([] {
        debug::install_overflow_report();
        std::thread([] { weft::run([] { weft::on_thread_stack([] { recurse_for_ever(); }); }); }).join();
    });
    BOOST_TEST(elsewhere.killed_by(SIGSEGV));
    BOOST_TEST(
        line_after("weft: ", elsewhere.errors).starts_with("overflow of the thread's own stack, in fiber main#"));
}

BOOST_AUTO_TEST_CASE(a_stray_access_to_the_guard_of_another_fiber)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = report_of([] {
        weft::fiber other(weft::attributes{.name = "bystander"}, [] { this_fiber::yield(); });
        this_fiber::yield();
        *static_cast<volatile std::byte*>(other.record()->memory.base - 1) = std::byte{1};
    });
    BOOST_TEST(child.killed_by(SIGSEGV));
    const auto line = line_after("weft: ", child.errors);
    BOOST_TEST(line.starts_with("fiber victim#"));
    BOOST_TEST(line.find("has touched the guard below the stack of fiber bystander#") != line.npos);
}

BOOST_AUTO_TEST_CASE(other_faults_are_not_reported)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = report_of([] { *reinterpret_cast<volatile char*>(this_fiber::get_id().number() & 7) = 1; });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(child.errors == "");
}

BOOST_AUTO_TEST_CASE(a_bus_error_at_the_guard)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = report_of([] {
        // Beyond the end of a file there is a mapping, but nothing behind it.
        const int empty = ::memfd_create("empty", 0);
        const auto guard = weft::detail::current_core()->current->memory.base - weft::page_size();
        require_in_child(::mmap(guard, weft::page_size(), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, empty, 0) !=
                             MAP_FAILED,
                         "mmap");
        recurse_for_ever();
    });
    BOOST_TEST(child.killed_by(SIGBUS));
    BOOST_TEST(line_after("weft: ", child.errors).starts_with("stack overflow in fiber victim#"));
}

namespace
{

std::size_t heap_before = 0;
std::uint64_t allocations_before = 0;

void compare_heap(int)
{
    _exit(::mallinfo2().uordblks == heap_before && allocation_count() == allocations_before ? 42 : 43);
}

} // namespace

BOOST_AUTO_TEST_CASE(nothing_is_allocated)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = run_in_child([] {
        std::signal(SIGSEGV, &compare_heap);
        debug::install_overflow_report();
        weft::run([] {
            heap_before = ::mallinfo2().uordblks;
            allocations_before = allocation_count();
            recurse_for_ever();
        });
    });
    BOOST_TEST(child.exited_with(42));
    BOOST_TEST(count_of("stack overflow", child.errors) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
