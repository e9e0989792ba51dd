// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H8: where the system makes huge pages out of everything, the first touch of a stack takes two megabytes, and 10,000
// stacks took 625 MB instead of 40. weft asks for small pages.
//
// What the system does with memory that nobody asked about depends on its setting; that weft has asked shows anywhere.

#include <weft/context/guarded_stacks.hpp>
#include <weft/context/slab_stacks.hpp>

#include "context/guard_kinds.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/mman.h>
#include <tuple>
#include <vector>

using namespace weft::test;
using weft::stack;

namespace
{

std::size_t resident_pages(stack which)
{
    std::vector<unsigned char> pages(which.size / weft::page_size() + 1);
    BOOST_REQUIRE(::mincore(which.base, pages.size() * weft::page_size(), pages.data()) == 0);
    std::size_t count = 0;
    for (const unsigned char page : pages)
    {
        count += page & 1U;
    }
    return count;
}

using both_kinds = std::tuple<weft::slab_stacks, weft::guarded_stacks>;

/// The mapping of `inside` takes part in huge pages: no flag "nh" in its line of smaps.
bool may_become_huge(const std::byte* inside)
{
    std::ifstream details("/proc/self/smaps");
    const auto wanted = reinterpret_cast<std::uintptr_t>(inside);
    bool here = false;
    for (std::string line; std::getline(details, line);)
    {
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        if (std::istringstream(line) >> std::hex >> begin >> dash >> end && dash == '-')
        {
            here = begin <= wanted && wanted < end;
        }
        else if (here && line.starts_with("VmFlags:"))
        {
            return (line + ' ').find(" nh ") == std::string::npos;
        }
    }
    BOOST_FAIL("no such mapping");
    return true;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(huge_pages, both_guards)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_touched_stack_costs_a_page_or_two, Stacks, both_kinds)
{
    if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"))
    {
        std::puts("skipped: the kernel has no transparent huge pages");
        return;
    }
    with_each([] {
        Stacks stacks(std::size_t{64} * 1024);
        std::vector<stack> all(1000);
        std::size_t most = 0;
        for (stack& each : all)
        {
            each = stacks.allocate();
            *(each.top() - 1) = std::byte{1};
        }
        for (const stack each : all)
        {
            most = std::max(most, resident_pages(each));
        }
        BOOST_TEST(most <= 2U);
        BOOST_TEST(!may_become_huge(all.front().base));
        BOOST_TEST(!may_become_huge(all.back().base));
        for (const stack each : all)
        {
            stacks.deallocate(each);
        }
    });
}

BOOST_AUTO_TEST_CASE(the_check_sees_memory_that_may_become_huge)
{
    if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"))
    {
        return;
    }
    constexpr std::size_t size = std::size_t{4} << 20;
    void* const plain = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    BOOST_REQUIRE(plain != MAP_FAILED);
    // Apart from its neighbours, which may be stacks' left by other cases.
    BOOST_REQUIRE(::madvise(plain, size, MADV_DONTDUMP) == 0);
    BOOST_TEST(may_become_huge(static_cast<std::byte*>(plain)));
    ::munmap(plain, size);
}

BOOST_AUTO_TEST_SUITE_END()
