// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Every system call and every allocation of the stack allocators failing in turn.

#include "fixtures.hpp"
#include "guard_kinds.hpp"
#include "stack_kinds.hpp"
#include "support/allocation_counter.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <vector>

namespace errc = boost::system::errc;
using namespace weft::test;
using weft::stack;

namespace
{

constexpr std::size_t at_once = 20;

struct outcome
{
    int exceptions = 0;
    bool all_usable = true;
};

/// Takes stacks, some of them twice, and gives all back; exceptions on the way only mean that there are fewer.
template <class Allocator>
void use(Allocator& stacks, outcome& seen)
{
    std::vector<stack> all;
    all.reserve(at_once);
    for (int round = 0; round != 2; ++round)
    {
        for (std::size_t tries = 0; tries != at_once; ++tries)
        {
            if (all.size() == at_once)
            {
                break;
            }
            try
            {
                all.push_back(stacks.allocate());
            }
            catch (const boost::system::system_error& error)
            {
                ++seen.exceptions;
                seen.all_usable = seen.all_usable && error.code() == errc::not_enough_memory;
            }
            catch (const std::bad_alloc&)
            {
                ++seen.exceptions;
            }
        }
        for (const stack each : all)
        {
            std::memset(each.base, round, each.size);
        }
        while (all.size() > at_once / 2 * static_cast<std::size_t>(1 - round))
        {
            stacks.deallocate(all.back());
            all.pop_back();
        }
    }
    if constexpr (requires { stacks.release_idle(); })
    {
        stacks.release_idle();
        stacks.deallocate(stacks.allocate());
    }
}

std::size_t mapped_pages()
{
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages;
}

template <class Allocator>
Allocator few_resident()
{
    if constexpr (std::is_same_v<Allocator, weft::slab_stacks>)
    {
        return Allocator({.stack_size = 65536, .max_resident_idle = 3});
    }
    else
    {
        return Allocator(65536, 3);
    }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(stack_failures, both_guards)

BOOST_AUTO_TEST_CASE_TEMPLATE(each_system_call_in_turn, Allocator, guarded_kinds)
{
    const auto guards = weft::detail::counted_guards();
    with_each([] {
        std::size_t n = 1;
        int failed = 0;
        for (bool reached = true; reached; ++n)
        {
            BOOST_REQUIRE(n < 10'000);
            const auto pages_before = mapped_pages();
            outcome seen;
            {
                auto stacks = few_resident<Allocator>();
                weft::detail::fail_system_call(n);
                try
                {
                    use(stacks, seen);
                }
                catch (const boost::system::system_error& error)
                {
                    ++seen.exceptions;
                }
            } // the destructor's calls too
            reached = weft::detail::fail_system_call(0) == 0;
            failed += seen.exceptions;
            if (seen.exceptions > (reached ? 1 : 0) || !seen.all_usable)
            {
                BOOST_ERROR("call " << n << ": " << seen.exceptions << " exceptions");
            }
            {
                // Later allocations work, and take care of what could not be unmapped.
                auto stacks = few_resident<Allocator>();
                outcome after;
                use(stacks, after);
                BOOST_REQUIRE(after.exceptions == 0);
            }
            if (!sanitized && mapped_pages() > pages_before + 300) // less than 20 stacks; heap grows a little
            {
                BOOST_ERROR("call " << n << " leaves " << mapped_pages() - pages_before << " pages mapped");
            }
        }
        BOOST_TEST(n > 60U);
        BOOST_TEST(failed > 20);
    });
    BOOST_TEST(weft::detail::counted_guards() == guards);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(each_allocation_in_turn, Allocator, sized_kinds)
{
    if (!allocations_can_fail())
    {
        return;
    }
    const auto guards = weft::detail::counted_guards();
    std::uint64_t n = 1;
    for (bool reached = true; reached; ++n)
    {
        BOOST_REQUIRE(n < 1000U);
        const auto before = outstanding_allocations();
        outcome seen;
        bool constructed = false;
        try
        {
            Allocator stacks(65536);
            constructed = true;
            std::vector<stack> all;
            all.reserve(at_once);
            fail_allocation(n);
            for (std::size_t tries = 0; tries != at_once; ++tries)
            {
                try
                {
                    all.push_back(stacks.allocate());
                }
                catch (const std::bad_alloc&)
                {
                    ++seen.exceptions;
                }
            }
            reached = fail_allocation(0) == 0;
            for (const stack each : all)
            {
                std::memset(each.base, 1, each.size);
                stacks.deallocate(each);
            }
        }
        catch (...)
        {
            fail_allocation(0);
            throw;
        }
        BOOST_REQUIRE(constructed);
        BOOST_REQUIRE(seen.exceptions == (reached ? 1 : 0));
        BOOST_REQUIRE(outstanding_allocations() == before);
    }
    BOOST_TEST(weft::detail::counted_guards() == guards);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(no_stack_without_its_pages_its_advice_and_its_guard, Allocator, guarded_kinds)
{
    with_each([] {
        for (std::size_t n = 1; n != 4; ++n)
        {
            Allocator stacks(65536);
            weft::detail::fail_system_call(n);
            const std::string message = failure_of([&stacks] { stacks.allocate(); }, errc::not_enough_memory);
            BOOST_TEST(weft::detail::fail_system_call(0) == 0U);
            BOOST_TEST(message.starts_with(n == 1   ? "weft: mmap"
                                           : n == 2 ? "weft: madvise"
                                                    : "weft: guarding"),
                       message);
            BOOST_TEST(stacks.allocated() == 0U);
            stacks.deallocate(stacks.allocate());
        }
    });
}

BOOST_AUTO_TEST_CASE(an_unmapping_that_fails_is_made_up_for)
{
    with_each([] {
        std::byte* base = nullptr;
        {
            weft::slab_stacks stacks(65536);
            const stack one = stacks.allocate();
            base = one.base;
            stacks.deallocate(one);
            weft::detail::fail_system_call(1);
        }
        BOOST_TEST(weft::detail::fail_system_call(0) == 0U);
        BOOST_TEST(is_mapped(base));
        weft::slab_stacks other(131072);
        const stack one = other.allocate();
        BOOST_TEST((!is_mapped(base) || (base >= one.base - weft::page_size() && base < one.top())));
        other.deallocate(one);
    });
}

BOOST_AUTO_TEST_SUITE_END()
