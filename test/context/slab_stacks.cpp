// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/slab_stacks.hpp>

#include "fixtures.hpp"
#include "guard_kinds.hpp"
#include "stack_kinds.hpp"
#include "support/allocation_counter.hpp"
#include "support/child_process.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <iterator>
#include <set>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <utility>
#include <vector>

namespace errc = boost::system::errc;
using namespace weft::test;
using weft::slab_stacks;
using weft::stack;

namespace
{

constexpr std::size_t size = 65536;

std::vector<stack> take(slab_stacks& stacks, std::size_t count)
{
    std::vector<stack> all;
    std::generate_n(std::back_inserter(all), count, [&stacks] { return stacks.allocate(); });
    return all;
}

void put_back(slab_stacks& stacks, const std::vector<stack>& all)
{
    for (const stack each : all)
    {
        stacks.deallocate(each);
    }
}

long resident_pages(stack which)
{
    const std::size_t pages = (which.size + 64) / weft::page_size();
    std::vector<unsigned char> resident(pages);
    BOOST_REQUIRE(::mincore(which.base, pages * weft::page_size(), resident.data()) == 0);
    return std::count_if(resident.begin(), resident.end(), [](unsigned char page) { return (page & 1) != 0; });
}

void check_guard(stack which)
{
    const auto end = run_in_child([=] { *static_cast<volatile std::byte*>(which.base - 1) = std::byte{1}; });
    BOOST_TEST(end.killed_by(SIGSEGV), end.errors);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(slab_stacks_reuse, both_guards)

BOOST_AUTO_TEST_CASE(the_latest_returned_is_handed_out_first_whatever_was_written)
{
    slab_stacks stacks(size);
    const auto all = take(stacks, 5);
    BOOST_TEST(stacks.allocated() == 5U);
    for (const stack each : all)
    {
        std::memset(each.base, 0xff, each.size);
        stacks.deallocate(each);
    }
    BOOST_TEST(stacks.resident_idle() == 5U);
    for (auto each = all.rbegin(); each != all.rend(); ++each)
    {
        BOOST_TEST(stacks.allocate().base == each->base);
    }
    BOOST_TEST(stacks.resident_idle() == 0U);
    put_back(stacks, all);
    BOOST_TEST(stacks.allocated() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_reserved_needs_no_further_mapping)
{
    with_each([] {
        slab_stacks stacks(size);
        BOOST_TEST(stacks.available() == 0U);
        stacks.reserve(3);
        const auto promised = stacks.available();
        BOOST_TEST(promised >= 3U);
        const auto taken = take(stacks, promised);
        BOOST_TEST(stacks.available() == 0U);
        BOOST_TEST(stacks.capacity() == promised);
        std::set<std::byte*> bases;
        for (const stack& one : taken)
        {
            bases.insert(one.base);
            std::memset(one.base, 1, one.size);
        }
        BOOST_TEST(bases.size() == promised);
        check_guard(taken.front());
        check_guard(taken.back());
        put_back(stacks, taken);
        stacks.reserve(promised);
        BOOST_TEST(stacks.available() == promised);
    });
}

BOOST_AUTO_TEST_CASE(beyond_the_mark_memory_goes_back_and_the_guard_stays)
{
    const auto guards = weft::detail::counted_guards();
    with_each([] {
        slab_stacks stacks({.stack_size = size, .max_resident_idle = 2});
        const auto all = take(stacks, 5);
        for (const stack each : all)
        {
            std::memset(each.base, 1, each.size);
            BOOST_TEST(resident_pages(each) == static_cast<long>((size + weft::page_size()) / weft::page_size()));
        }
        put_back(stacks, all);
        BOOST_TEST(stacks.resident_idle() == 2U);
        BOOST_TEST(stacks.available() >= 5U);
        for (std::size_t i = 0; i != all.size(); ++i)
        {
            BOOST_TEST((resident_pages(all[i]) == 0) == (i >= 2));
        }
        // The resident ones first, then the others, each with its guard.
        const auto again = take(stacks, 5);
        std::vector<std::byte*> order;
        std::transform(again.begin(), again.end(), std::back_inserter(order), [](stack one) { return one.base; });
        BOOST_TEST((order == std::vector{all[1].base, all[0].base, all[4].base, all[3].base, all[2].base}));
        for (const stack each : again)
        {
            std::memset(each.base, 2, each.size);
        }
        check_guard(again[1]);
        check_guard(again[3]);
        put_back(stacks, again);
    });
    BOOST_TEST(weft::detail::counted_guards() == guards);
}

BOOST_AUTO_TEST_CASE(wholly_idle_ranges_go_back_on_request)
{
    const auto guards = weft::detail::counted_guards();
    with_each([] {
        slab_stacks stacks({.stack_size = size, .max_resident_idle = 4});
        auto all = take(stacks, 100); // in ranges of 1, 1, 2, 4, … 64
        const stack kept = all[50];
        all.erase(all.begin() + 50);
        put_back(stacks, all);
        const auto capacity = stacks.capacity();
        const auto slot = stacks.stack_size() + 64 + weft::page_size();
        const auto released = stacks.release_idle();
        BOOST_TEST(released > 0U);
        BOOST_TEST(released == (capacity - stacks.capacity()) * slot);
        BOOST_TEST(stacks.resident_idle() == 0U);
        BOOST_TEST(is_mapped(kept.base));
        BOOST_TEST(!is_mapped(all[0].base));
        BOOST_TEST(!is_mapped(all[98].base));
        std::memset(kept.base, 1, kept.size);
        check_guard(kept);

        // What is left is handed out, and more.
        const auto again = take(stacks, 100);
        std::set<std::byte*> bases{kept.base};
        for (const stack each : again)
        {
            bases.insert(each.base);
            std::memset(each.base, 2, each.size);
        }
        BOOST_TEST(bases.size() == 101U);
        check_guard(again.front());
        check_guard(again.back());
        put_back(stacks, again);
        stacks.deallocate(kept);
        stacks.release_idle();
        BOOST_TEST(stacks.capacity() == 0U);
        BOOST_TEST(stacks.release_idle() == 0U);
        BOOST_TEST(!is_mapped(kept.base));
    });
    BOOST_TEST(weft::detail::counted_guards() == guards);
}

BOOST_AUTO_TEST_CASE(what_is_to_be_kept_is_kept)
{
    slab_stacks stacks(size);
    put_back(stacks, take(stacks, 64));
    BOOST_TEST(stacks.release_idle(stacks.capacity()) == 0U);
    stacks.release_idle(10);
    BOOST_TEST(stacks.available() >= 10U);
    BOOST_TEST(stacks.available() < 64U);
}

BOOST_AUTO_TEST_CASE(no_more_than_was_said)
{
    slab_stacks stacks({.stack_size = size, .max_stacks = 5});
    auto all = take(stacks, 4);
    BOOST_TEST(stacks.capacity() <= 5U);
    const std::string early = failure_of([&] { stacks.reserve(2); }, errc::not_enough_memory);
    BOOST_TEST(early.find("stack_options::max_stacks allows 5") != std::string::npos, early);
    stacks.reserve(1);
    all.push_back(stacks.allocate());
    const std::string message = failure_of([&] { stacks.allocate(); }, errc::not_enough_memory);
    BOOST_TEST(message.find("5 stacks are in use") != std::string::npos, message);
    stacks.deallocate(all.back());
    BOOST_TEST(stacks.allocate().base == all.back().base);
    put_back(stacks, all);
    slab_stacks none({.max_stacks = 0});
    BOOST_TEST(!failure_of([&none] { none.allocate(); }, errc::not_enough_memory).empty());
}

BOOST_AUTO_TEST_CASE(none_is_left_after_destruction)
{
    const auto before = count_mappings();
    const auto guards = weft::detail::counted_guards();
    with_each([] {
        slab_stacks stacks({.stack_size = size, .max_resident_idle = 3});
        put_back(stacks, take(stacks, 50));
    });
    BOOST_TEST(count_mappings() <= before + 2); // the checks' own heap may have grown
    BOOST_TEST(weft::detail::counted_guards() == guards);
}

BOOST_AUTO_TEST_CASE(moves_with_its_stacks)
{
    slab_stacks from(size);
    const auto used = take(from, 3);
    from.deallocate(used[0]);
    slab_stacks to(std::move(from));
    BOOST_TEST(to.allocated() == 2U);
    BOOST_TEST(from.allocated() == 0U); // NOLINT(bugprone-use-after-move): it stays usable
    BOOST_TEST(from.available() == 0U);
    BOOST_TEST(to.allocate().base == used[0].base);
    put_back(to, used);
    from.deallocate(from.allocate());
    BOOST_TEST(from.resident_idle() == 1U);
}

BOOST_AUTO_TEST_CASE(nothing_comes_from_the_heap_for_what_is_reserved)
{
    slab_stacks stacks({.stack_size = size, .max_resident_idle = 2});
    stacks.reserve(8);
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
}

BOOST_AUTO_TEST_CASE(the_processs_own_serve_many_threads)
{
    std::vector<std::thread> threads;
    for (int thread = 0; thread != 4; ++thread)
    {
        threads.emplace_back([] {
            weft::default_stacks stacks;
            for (int round = 0; round != 200; ++round)
            {
                stack some[4];
                for (stack& each : some)
                {
                    each = stacks.allocate();
                    *(each.top() - 1) = std::byte{1};
                }
                for (const stack each : some)
                {
                    stacks.deallocate(each);
                }
            }
        });
    }
    for (auto& each : threads)
    {
        each.join();
    }
    weft::default_stacks::release_idle();
    weft::default_stacks stacks;
    const stack one = stacks.allocate();
    BOOST_TEST(one.size >= weft::default_stack_size);
    check_guard(one);
    stacks.deallocate(one);
}

BOOST_AUTO_TEST_SUITE_END()
