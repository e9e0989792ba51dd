// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/guarded_stacks.hpp>

#include "guard_kinds.hpp"
#include "stack_kinds.hpp"
#include "support/allocation_counter.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>
#include <vector>

using namespace weft::test;
using weft::guarded_stacks;
using weft::stack;

BOOST_FIXTURE_TEST_SUITE(guarded_stacks_cache, both_guards)

BOOST_AUTO_TEST_CASE(the_latest_returned_is_handed_out_first)
{
    guarded_stacks stacks(65536);
    const stack a = stacks.allocate();
    const stack b = stacks.allocate();
    const stack c = stacks.allocate();
    BOOST_TEST(stacks.allocated() == 3U);
    for (const stack each : {b, a, c})
    {
        stacks.deallocate(each);
    }
    BOOST_TEST(stacks.allocated() == 0U);
    BOOST_TEST(stacks.cached() == 3U);
    BOOST_TEST(stacks.allocate().base == c.base);
    BOOST_TEST(stacks.allocate().base == a.base);
    BOOST_TEST(stacks.cached() == 1U);
    BOOST_TEST(stacks.allocate().base == b.base);
    for (const stack each : {a, b, c})
    {
        stacks.deallocate(each);
    }
}

BOOST_AUTO_TEST_CASE(no_more_are_kept_than_was_said)
{
    const auto guards = weft::detail::counted_guards();
    with_each([] {
        for (const std::size_t kept : {std::size_t{0}, std::size_t{2}})
        {
            guarded_stacks stacks(65536, kept);
            std::vector<stack> all;
            for (int i = 0; i != 4; ++i)
            {
                all.push_back(stacks.allocate());
            }
            for (const stack each : all)
            {
                stacks.deallocate(each);
            }
            BOOST_TEST(stacks.cached() == kept);
            for (std::size_t i = 0; i != all.size(); ++i)
            {
                BOOST_TEST(is_mapped(all[i].base) == (i < kept));
                BOOST_TEST(is_mapped(all[i].top() - weft::page_size() + 64) == (i < kept));
            }
        }
    });
    BOOST_TEST(weft::detail::counted_guards() == guards);
}

BOOST_AUTO_TEST_CASE(none_is_left_after_destruction)
{
    std::byte* base = nullptr;
    {
        guarded_stacks stacks(65536);
        const stack one = stacks.allocate();
        base = one.base;
        stacks.deallocate(one);
        BOOST_TEST(is_mapped(base));
    }
    BOOST_TEST(!is_mapped(base));
    BOOST_TEST(!is_mapped(base - weft::page_size()));
}

BOOST_AUTO_TEST_CASE(moves_with_its_stacks)
{
    guarded_stacks from(65536);
    const stack kept = from.allocate();
    const stack used = from.allocate();
    from.deallocate(kept);
    guarded_stacks to(std::move(from));
    BOOST_TEST(to.allocated() == 1U);
    BOOST_TEST(to.cached() == 1U);
    BOOST_TEST(from.allocated() == 0U); // NOLINT(bugprone-use-after-move): it stays usable
    BOOST_TEST(from.cached() == 0U);
    BOOST_TEST(to.allocate().base == kept.base);
    to.deallocate(kept);
    to.deallocate(used);
    const stack fresh = from.allocate();
    from.deallocate(fresh);
    BOOST_TEST(from.cached() == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_comes_from_the_heap)
{
    guarded_stacks stacks(65536, 4);
    const auto before = allocation_count();
    stack all[8];
    for (int round = 0; round != 3; ++round)
    {
        for (stack& each : all)
        {
            each = stacks.allocate();
        }
        for (const stack each : all)
        {
            stacks.deallocate(each);
        }
    }
    BOOST_TEST(allocation_count() - before == 0U);
    ::operator delete(::operator new(1));
    BOOST_TEST(allocation_count() - before == 1U); // the counter does count
}

BOOST_AUTO_TEST_SUITE_END()
