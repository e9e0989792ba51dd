// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/guarded_stacks.hpp>
#include <weft/context/stack.hpp>

#include "fixtures.hpp"
#include "guard_kinds.hpp"
#include "support/allocation_counter.hpp"
#include "support/child_process.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/mman.h>
#include <utility>
#include <vector>

namespace errc = boost::system::errc;
using weft::guarded_stacks;
using weft::stack;
using weft::test::both_guards;
using weft::test::failure_of;
using weft::test::guard_kind;
using weft::test::run_in_child;

static_assert(weft::stack_allocator<guarded_stacks>);

namespace
{

bool is_mapped(std::byte* page)
{
    return ::msync(page, weft::page_size(), MS_ASYNC) == 0;
}

long count_mappings()
{
    std::ifstream maps("/proc/self/maps");
    return std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n');
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(guarded_stacks_sizes, both_guards)

BOOST_AUTO_TEST_CASE(at_least_what_was_asked_and_all_of_it_usable)
{
    with_each([] {
        const std::size_t least = weft::minimum_stack_size();
        for (const std::size_t asked : {least, least + 1, std::size_t{65536}, std::size_t{100001}})
        {
            guarded_stacks stacks(asked);
            const stack one = stacks.allocate();
            BOOST_TEST(stacks.stack_size() >= asked);
            BOOST_TEST(stacks.stack_size() < asked + weft::page_size() + 64);
            BOOST_TEST(one.size == stacks.stack_size());
            BOOST_TEST(reinterpret_cast<std::uintptr_t>(one.base) % weft::page_size() == 0U);
            BOOST_TEST(reinterpret_cast<std::uintptr_t>(one.top()) % 64 == 0U);
            std::memset(one.base, 0x5a, one.size);
            stacks.deallocate(one);
        }
    });
}

BOOST_AUTO_TEST_CASE(default_is_256_kib)
{
    const guarded_stacks stacks;
    BOOST_TEST(stacks.stack_size() >= 256U * 1024U);
    BOOST_TEST(stacks.allocated() == 0U);
    BOOST_TEST(stacks.cached() == 0U);
}

BOOST_AUTO_TEST_CASE(no_size_that_cannot_be)
{
    constexpr std::size_t most = PTRDIFF_MAX;
    for (const std::size_t asked :
         {std::size_t{0}, std::size_t{1}, weft::minimum_stack_size() - 1, most + 1, SIZE_MAX - 4096, SIZE_MAX})
    {
        const std::string message = failure_of([asked] { const guarded_stacks stacks(asked); }, errc::invalid_argument);
        BOOST_TEST(message.find(std::to_string(asked) + " bytes") != std::string::npos, message);
        BOOST_TEST(message.find(std::to_string(weft::minimum_stack_size())) != std::string::npos, message);
    }
}

BOOST_AUTO_TEST_CASE(a_size_that_the_machine_does_not_have)
{
    with_each([] {
        for (const std::size_t asked : {std::size_t{1} << 60, std::size_t{PTRDIFF_MAX}})
        {
            guarded_stacks stacks(asked);
            const std::string message = failure_of([&stacks] { stacks.allocate(); }, errc::not_enough_memory);
            BOOST_TEST(message.find(std::to_string(asked).substr(0, 8)) != std::string::npos, message);
            BOOST_TEST(message.find("vm.overcommit_memory") != std::string::npos, message);
            BOOST_TEST(stacks.allocated() == 0U);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(guarded_stacks_cache, both_guards)

BOOST_AUTO_TEST_CASE(the_latest_returned_is_handed_out_first)
{
    guarded_stacks stacks(65536);
    const stack a = stacks.allocate();
    const stack b = stacks.allocate();
    const stack c = stacks.allocate();
    BOOST_TEST(stacks.allocated() == 3U);
    stacks.deallocate(b);
    stacks.deallocate(a);
    stacks.deallocate(c);
    BOOST_TEST(stacks.allocated() == 0U);
    BOOST_TEST(stacks.cached() == 3U);
    BOOST_TEST(stacks.allocate().base == c.base);
    BOOST_TEST(stacks.allocate().base == a.base);
    BOOST_TEST(stacks.cached() == 1U);
    BOOST_TEST(stacks.allocate().base == b.base);
    BOOST_TEST(stacks.cached() == 0U);
    BOOST_TEST(stacks.allocated() == 3U);
    for (const stack each : {a, b, c})
    {
        stacks.deallocate(each);
    }
}

BOOST_AUTO_TEST_CASE(what_the_user_wrote_does_not_matter)
{
    guarded_stacks stacks(65536);
    std::vector<stack> all;
    for (int i = 0; i != 4; ++i)
    {
        all.push_back(stacks.allocate());
    }
    for (const stack each : all)
    {
        std::memset(each.base, 0xff, each.size);
        stacks.deallocate(each);
    }
    for (auto each = all.rbegin(); each != all.rend(); ++each)
    {
        const stack again = stacks.allocate();
        BOOST_TEST(again.base == each->base);
        BOOST_TEST(again.size == each->size);
    }
    for (const stack each : all)
    {
        stacks.deallocate(each);
    }
}

BOOST_AUTO_TEST_CASE(no_more_are_kept_than_was_said)
{
    with_each([] {
        guarded_stacks stacks(65536, 2);
        std::vector<stack> all;
        for (int i = 0; i != 4; ++i)
        {
            all.push_back(stacks.allocate());
        }
        for (const stack each : all)
        {
            stacks.deallocate(each);
        }
        BOOST_TEST(stacks.cached() == 2U);
        BOOST_TEST(is_mapped(all[0].base));
        BOOST_TEST(is_mapped(all[1].base));
        BOOST_TEST(!is_mapped(all[2].base));
        BOOST_TEST(!is_mapped(all[3].base));
        BOOST_TEST(!is_mapped(all[3].top() - weft::page_size() + 64));
    });
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

BOOST_AUTO_TEST_CASE(what_is_reserved_needs_no_further_mapping)
{
    guarded_stacks stacks(65536);
    BOOST_TEST(stacks.available() == 0u);
    stacks.reserve(3);
    const auto promised = stacks.available();
    BOOST_TEST(promised >= 3u);
    BOOST_TEST(stacks.cached() == 0u);

    std::vector<stack> taken;
    std::generate_n(std::back_inserter(taken), promised, [&] { return stacks.allocate(); });
    BOOST_TEST(stacks.available() == 0u);
    for (const stack& one : taken)
    {
        BOOST_TEST(is_mapped(one.base));
        std::memset(one.base, 1, one.size);
    }
    // Distinct: what was written to one is not in another.
    taken.front().base[0] = std::byte{2};
    BOOST_TEST((taken.back().base[0] == std::byte{1}));
    for (const stack& one : taken)
    {
        stacks.deallocate(one);
    }
    BOOST_TEST(stacks.available() == promised);
    stacks.reserve(promised);
    BOOST_TEST(stacks.available() == promised);
}

BOOST_AUTO_TEST_CASE(reserved_ones_have_guards_and_go_with_the_allocator)
{
    std::byte* base = nullptr;
    const auto result = run_in_child(
        []
        {
            guarded_stacks stacks(65536);
            stacks.reserve(2);
            const stack one = stacks.allocate();
            *static_cast<volatile std::byte*>(one.base - 1) = std::byte{1};
        });
    BOOST_TEST(result.killed_by(SIGSEGV));
    {
        guarded_stacks stacks(65536);
        stacks.reserve(2);
        const stack one = stacks.allocate();
        base = one.base;
        stacks.deallocate(one);
    }
    BOOST_TEST(!is_mapped(base));
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
    const auto before = weft::test::allocation_count();
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
    BOOST_TEST(weft::test::allocation_count() - before == 0U);
    ::operator delete(::operator new(1));
    BOOST_TEST(weft::test::allocation_count() - before == 1U); // the counter does count
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(guarded_stacks_guard, both_guards)

BOOST_AUTO_TEST_CASE(the_byte_below_a_stack_is_a_fault)
{
    with_each([] {
        for (const bool reused : {false, true})
        {
            guarded_stacks stacks(65536);
            if (reused)
            {
                stacks.deallocate(stacks.allocate());
            }
            const stack one = stacks.allocate();
            *static_cast<volatile std::byte*>(one.base) = std::byte{1};
            const auto near_end =
                run_in_child([one] { *static_cast<volatile std::byte*>(one.base - 1) = std::byte{1}; });
            BOOST_TEST(near_end.killed_by(SIGSEGV), near_end.errors);
            const auto far_end =
                run_in_child([one] { *static_cast<volatile std::byte*>(one.base - weft::page_size()) = std::byte{1}; });
            BOOST_TEST(far_end.killed_by(SIGSEGV), far_end.errors);
            stacks.deallocate(one);
        }
    });
}

BOOST_AUTO_TEST_CASE(markers_cost_no_mapping)
{
    if (kinds().front() != guard_kind::marker)
    {
        return;
    }
    constexpr long count = 500;
    const auto mappings_of_many = [] {
        guarded_stacks stacks(65536);
        std::vector<stack> all(count);
        const long before = count_mappings();
        for (stack& each : all)
        {
            each = stacks.allocate();
        }
        const long after = count_mappings();
        for (const stack each : all)
        {
            stacks.deallocate(each);
        }
        return after - before;
    };
    weft::detail::override_guard_kind(guard_kind::protection);
    BOOST_TEST(mappings_of_many() > count);
    weft::detail::override_guard_kind(guard_kind::marker);
    BOOST_TEST(mappings_of_many() < count / 10);
}

BOOST_AUTO_TEST_SUITE_END()
