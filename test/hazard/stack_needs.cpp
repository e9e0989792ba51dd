// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H9: how much stack a call needs is nowhere written down. Most of what servers do is at home in the 256 KiB of a fiber
// that asks for nothing; a regular expression recurses for each character. weft shows the mark, and `on_thread_stack`
// lends the thread's stack for the one deep call.

#include <weft/debug/stack_usage.hpp>

#include "debug/support_report.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <regex>
#include <stdexcept>
#include <string>

using namespace weft::test;
namespace debug = weft::debug;

namespace
{

/// Whether 2,000 characters match an expression that makes std::regex call itself for each of them.
bool matches()
{
    std::string text(2000, 'a');
    text.back() = 'c';
    return std::regex_match(text, std::regex("(a|b)*c"));
}

template <class F>
std::size_t mark_of(std::size_t stack_size, F function)
{
    std::size_t mark = 0;
    weft::run([&] {
        weft::fiber(weft::attributes{.stack_size = stack_size}, [&] {
            function();
            mark = debug::this_fiber_stack_usage().high_water;
        }).join();
    });
    return mark;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stack_needs)

BOOST_AUTO_TEST_CASE(H9_marks_of_ordinary_work_and_of_a_regular_expression)
{
    const auto exceptions = mark_of(0, [] {
        try
        {
            throw std::runtime_error("x");
        }
        catch (const std::exception&)
        {
        }
    });
    const auto expression = mark_of(16 * 1024 * 1024, [] { BOOST_TEST(matches()); });
    std::printf("stack of a first exception: %zu bytes, of a regular expression on 2,000 characters: %zu\n", exceptions,
                expression);
    BOOST_TEST(exceptions < weft::default_stack_size / 2);
    BOOST_TEST(expression > 2 * weft::default_stack_size);
}

BOOST_AUTO_TEST_CASE(H9_a_regular_expression_overflows_a_fiber)
{
    if (skipped_if_sanitized(sanitizers_have_a_handler))
    {
        return;
    }
    const auto child = report_of([] { matches(); });
    BOOST_TEST(child.killed_by(SIGSEGV));
    BOOST_TEST(line_after("weft: ", child.errors).starts_with("stack overflow in fiber victim#"));
}

BOOST_AUTO_TEST_CASE(H9_on_thread_stack_it_does_not)
{
    bool matched = false;
    std::size_t mark = 0;
    weft::run([&] {
        weft::fiber(weft::attributes{.stack_size = 64 * 1024}, [&] {
            matched = weft::on_thread_stack([] { return matches(); });
            BOOST_CHECK_THROW(weft::on_thread_stack([] { return std::regex("("); }), std::regex_error);
            mark = debug::this_fiber_stack_usage().high_water;
        }).join();
    });
    BOOST_TEST(matched);
    BOOST_TEST((runs_sanitized || mark < 32U * 1024));
}

BOOST_AUTO_TEST_SUITE_END()
