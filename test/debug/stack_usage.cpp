// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/debug/stack_usage.hpp>
#include <weft/weft.hpp>

#include "io/support_log.hpp"
#include "support/deep_calls.hpp"
#include "support/errors.hpp"
#include "support/sanitized.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>

using namespace weft::test;
namespace debug = weft::debug;
namespace this_fiber = weft::this_fiber;

namespace
{

constexpr std::size_t kilobyte = 1024;

// What lies above the first frame of the function, and frames that sanitizers make larger.
const std::size_t tolerance = runs_sanitized ? 128 * kilobyte : 12 * kilobyte;

bool is_mark_of(std::size_t mark, std::size_t used)
{
    return mark >= used && mark <= used + tolerance;
}

/// The table's line for fibers whose attributes name this place.
debug::spawn_site_usage usage_at(const boost::source_location& place)
{
    for (const auto& one : debug::stack_usage_by_site())
    {
        if (one.site.named.line() == place.line())
        {
            return one;
        }
    }
    return {};
}

/// Accounts for as long as it is in scope, with an empty table.
struct accounting
{
    explicit accounting(const debug::stack_accounting_options& options = {})
    {
        debug::forget_stack_usage();
        debug::start_stack_accounting(options);
    }
    accounting(const accounting&) = delete;
    accounting& operator=(const accounting&) = delete;
    ~accounting()
    {
        debug::stop_stack_accounting();
    }
};

void run_one(std::size_t used, const boost::source_location& place, std::size_t size = 512 * kilobyte)
{
    weft::fiber(weft::attributes{.name = "user", .stack_size = size, .site = place}, [=] { recurse(used); }).join();
}

} // namespace

BOOST_AUTO_TEST_SUITE(stack_usage)

BOOST_AUTO_TEST_CASE(the_mark_follows_what_was_used)
{
    weft::run([] {
        const weft::attributes large{.stack_size = 1024 * kilobyte};
        weft::fiber user(large, [] {
            const auto before = debug::this_fiber_stack_usage();
            BOOST_TEST(before.size >= 1024 * kilobyte);
            BOOST_TEST(is_mark_of(before.high_water, 0));
            for (const std::size_t used : {100 * kilobyte, 300 * kilobyte, 600 * kilobyte})
            {
                recurse(used);
                const auto mark = debug::this_fiber_stack_usage().high_water;
                BOOST_TEST(mark >= used);
                BOOST_TEST_WARN(is_mark_of(mark, used));
                BOOST_TEST((runs_sanitized || mark <= used + used / 4 + tolerance));
            }
            recurse(kilobyte);
            BOOST_TEST(debug::this_fiber_stack_usage().high_water >= 600 * kilobyte);
            this_fiber::yield();
        });
        BOOST_TEST(debug::stack_usage_of(user).size == 0U); // not started
        this_fiber::yield();
        BOOST_TEST(debug::stack_usage_of(user).high_water >= 600 * kilobyte);
        user.cancel();
        this_fiber::yield();
        BOOST_TEST((user.state() == weft::fiber_state::terminated));
        BOOST_TEST(debug::stack_usage_of(user).size == 0U);
        user.join();
    });
}

BOOST_AUTO_TEST_CASE(of_any_stack)
{
    weft::guarded_stacks stacks(256 * kilobyte, 1);
    const auto memory = stacks.allocate();
    BOOST_TEST(debug::stack_usage_of(memory).size == memory.size);
    BOOST_TEST(debug::stack_usage_of(memory).high_water == 0U);
    memory.top()[-1] = std::byte{1};
    const auto mark = debug::stack_usage_of(memory).high_water;
    BOOST_TEST(mark > 0U);
    BOOST_TEST(mark <= weft::page_size());
    memory.base[0] = std::byte{1};
    BOOST_TEST(debug::stack_usage_of(memory).high_water == memory.size);
    // Part of a page at the base does not count.
    BOOST_TEST(debug::stack_usage_of({memory.base + 1, memory.size - 1}).high_water <= weft::page_size());
    stacks.deallocate(memory);
}

BOOST_AUTO_TEST_CASE(by_a_handle_of_another_scheduler)
{
    weft::run([] {
        weft::fiber mine([] { this_fiber::yield(); });
        weft::jfiber also_mine([] {});
        BOOST_TEST(debug::stack_usage_of(also_mine).size == 0U);
        boost::asio::io_context io;
        weft::spawn(
            io, [&] { BOOST_TEST((error_of([&] { debug::stack_usage_of(mine); }) == errc::operation_not_permitted)); });
        io.run();
        mine.join();
    });
    BOOST_TEST((error_of([] { debug::stack_usage_of(weft::fiber()); }) == errc::invalid_argument));
    BOOST_TEST((error_of([] { debug::stack_usage_of(weft::jfiber()); }) == errc::invalid_argument));
    BOOST_TEST((error_of([] { debug::this_fiber_stack_usage(); }) == errc::operation_not_permitted));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(stack_accounting)

BOOST_AUTO_TEST_CASE(each_fiber_has_a_mark_of_its_own)
{
    const boost::source_location deep = BOOST_CURRENT_LOCATION;
    const boost::source_location shallow = BOOST_CURRENT_LOCATION;
    const accounting on({.warn_above_percent = 100});
    weft::run([&] {
        // One stack for all of them, as they come one after the other and have the default size.
        for (int i = 0; i < 3; ++i)
        {
            run_one(100 * kilobyte, deep, 0);
            run_one(kilobyte, shallow, 0);
        }
    });
    BOOST_TEST(usage_at(deep).fibers == 3U);
    BOOST_TEST(usage_at(deep).high_water >= 100 * kilobyte);
    BOOST_TEST(usage_at(deep).stack_size >= weft::default_stack_size);
    BOOST_TEST(usage_at(shallow).fibers == 3U);
    BOOST_TEST(is_mark_of(usage_at(shallow).high_water, kilobyte));
    const auto all = debug::stack_usage_by_site();
    BOOST_TEST((all.front().site.named.line() == deep.line()));
    debug::forget_stack_usage();
    BOOST_TEST(debug::stack_usage_by_site().empty());
}

BOOST_AUTO_TEST_CASE(without_accounting_the_mark_is_the_memorys)
{
    weft::run([] {
        weft::fiber([] { recurse(100 * kilobyte); }).join();
        weft::fiber([] { BOOST_TEST(debug::this_fiber_stack_usage().high_water >= 100 * kilobyte); }).join();
    });
}

BOOST_AUTO_TEST_CASE(sites_that_nobody_has_named)
{
    const accounting on;
    weft::run([] {
        for (int i = 0; i < 5; ++i)
        {
            weft::fiber([] {}).join();
        }
    });
    const auto all = debug::stack_usage_by_site();
    BOOST_TEST(all.size() == 2U); // the loop's and `run`'s
    BOOST_TEST(all[0].fibers + all[1].fibers == 6U);
}

BOOST_AUTO_TEST_CASE(nothing_is_entered_after_the_end)
{
    const boost::source_location place = BOOST_CURRENT_LOCATION;
    {
        const accounting on;
        weft::run([&] { run_one(kilobyte, place); });
    }
    weft::run([&] { run_one(kilobyte, place); });
    BOOST_TEST(usage_at(place).fibers == 1U);
}

BOOST_AUTO_TEST_CASE(a_warning_when_most_of_a_stack_was_used)
{
    const boost::source_location place = BOOST_CURRENT_LOCATION;
    const captured_log log;
    const accounting on;
    weft::run([&] {
        run_one(256 * kilobyte, place);
        BOOST_TEST(log.text() == "");
        // Often, but one line: the limit is one a second.
        for (int i = 0; i < 5; ++i)
        {
            run_one(432 * kilobyte, place);
        }
    });
    BOOST_TEST(log.count("fiber user#") == 1U);
    BOOST_TEST(log.count("bytes of its stack; spawned at " + to_string(debug::spawn_site{nullptr, place})) == 1U);
    BOOST_TEST(log.text().starts_with("warning "));
}

BOOST_AUTO_TEST_CASE(on_the_smallest_stack)
{
    // The entry and the warning are not made on the fiber's own stack.
    const boost::source_location place = BOOST_CURRENT_LOCATION;
    const captured_log log;
    const accounting on({.warn_above_percent = 0});
    weft::run([&] { run_one(0, place, weft::minimum_stack_size() + (runs_sanitized ? 64 * kilobyte : 0)); });
    BOOST_TEST(usage_at(place).fibers == 1U);
    BOOST_TEST(usage_at(place).high_water > 0U);
}

BOOST_AUTO_TEST_SUITE_END()
