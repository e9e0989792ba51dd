// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "fixtures.hpp"
#include "guard_kinds.hpp"
#include "stack_kinds.hpp"
#include "support/child_process.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>
#include <vector>

namespace errc = boost::system::errc;
using boost::system::system_error;
using namespace weft::test;
using weft::stack;

namespace
{

/// The line `field` about the mapping that holds `address`.
std::string mapping_detail(const std::byte* address, std::string_view field)
{
    std::ifstream details("/proc/self/smaps");
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    bool inside = false;
    for (std::string line; std::getline(details, line);)
    {
        std::uintptr_t begin = 0;
        std::uintptr_t end = 0;
        char dash = 0;
        if (std::istringstream(line) >> std::hex >> begin >> dash >> end && dash == '-')
        {
            inside = begin <= wanted && wanted < end;
        }
        else if (inside && line.starts_with(field))
        {
            return line;
        }
    }
    return {};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(stack_memory, both_guards)

BOOST_AUTO_TEST_CASE_TEMPLATE(only_touched_pages_cost, Allocator, guarded_kinds)
{
    with_each([] {
        Allocator stacks(std::size_t{1} << 20);
        const stack one = stacks.allocate();
        const std::size_t pages = (one.size + 64) / weft::page_size();
        std::vector<unsigned char> resident(pages);
        const auto count_resident = [&] {
            BOOST_REQUIRE(::mincore(one.base, pages * weft::page_size(), resident.data()) == 0);
            return std::count_if(resident.begin(), resident.end(), [](unsigned char page) { return (page & 1) != 0; });
        };
        BOOST_TEST(count_resident() <= 1); // the topmost, if Valgrind's number had to be noted
        *(one.top() - 1) = std::byte{1};
        BOOST_TEST(count_resident() == 1);
        stacks.deallocate(one);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(never_huge_pages, Allocator, guarded_kinds)
{
    if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"))
    {
        std::puts("skipped: the kernel has no transparent huge pages");
        return;
    }
    with_each([] {
        Allocator stacks(std::size_t{4} << 20);
        const stack one = stacks.allocate();
        const std::string flags = mapping_detail(one.base, "VmFlags:") + " ";
        BOOST_TEST(flags.find(" nh ") != std::string::npos, flags);
        stacks.deallocate(one);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(out_of_address_space_and_back, Allocator, guarded_kinds)
{
    if (skipped_under_sanitizers("their shadow does not fit under a limit of the address space"))
    {
        return;
    }
    with_each([] {
        const auto result = run_in_child([] {
            std::size_t pages = 0;
            std::ifstream("/proc/self/statm") >> pages;
            rlimit limit{};
            ::getrlimit(RLIMIT_AS, &limit);
            const rlim_t unlimited = limit.rlim_cur;
            limit.rlim_cur = pages * weft::page_size() + (std::size_t{8} << 20);
            require_in_child(::setrlimit(RLIMIT_AS, &limit) == 0, "limit set");

            Allocator stacks(std::size_t{1} << 20);
            stack all[16];
            std::size_t count = 0;
            bool failed = false;
            while (!failed)
            {
                try
                {
                    all[count] = stacks.allocate();
                    ++count;
                    require_in_child(count < 16, "the limit is reached");
                }
                catch (const system_error& error)
                {
                    failed = true;
                    require_in_child(error.code() == errc::not_enough_memory, "ENOMEM");
                    require_in_child(std::strstr(error.what(), "ulimit -v") != nullptr, error.what());
                }
            }
            require_in_child(count >= 2, "some fitted");
            require_in_child(stacks.allocated() == count, "the failed one is not counted");

            stacks.deallocate(all[count - 1]);
            require_in_child(stacks.allocate().base == all[count - 1].base, "a returned one is handed out");

            limit.rlim_cur = unlimited;
            ::setrlimit(RLIMIT_AS, &limit);
            stack more = stacks.allocate();
            std::memset(more.base, 1, more.size);
            stacks.deallocate(more);
            while (count != 0)
            {
                stacks.deallocate(all[--count]);
            }
        });
        BOOST_TEST(result.exited_with(0), result.errors);
    });
}

/// Takes stacks until there are none left, and all back, in a child; checks the message.
template <class Allocator>
void exhaust_mappings(std::size_t limit, std::size_t at_least, const char* phrase)
{
    Allocator stacks(weft::minimum_stack_size());
    std::vector<stack> all;
    std::string message;
    while (message.empty())
    {
        try
        {
            all.push_back(stacks.allocate());
            require_in_child(all.size() <= limit, "the limit is reached");
        }
        catch (const system_error& error)
        {
            require_in_child(error.code() == errc::not_enough_memory, "ENOMEM");
            message = error.what();
        }
    }
    std::fprintf(stderr, "%zu stacks\n", all.size());
    require_in_child(all.size() >= at_least, "the share of stacks is usable");
    require_in_child(message.find("limit of " + std::to_string(limit) + " mappings") != std::string::npos,
                     message.c_str());
    require_in_child(message.find("sysctl -w vm.max_map_count=" + std::to_string(4 * limit)) != std::string::npos,
                     message.c_str());
    require_in_child(message.find(phrase) != std::string::npos, message.c_str());

    // At the kernel's own limit it may refuse to unmap as well; whatever happens, no stack gets lost.
    for (std::size_t i = 0; i < all.size(); i += 2)
    {
        stacks.deallocate(all[i]);
    }
    const stack again = stacks.allocate();
    std::memset(again.base, 1, again.size);
    stacks.deallocate(again);
    for (std::size_t i = 1; i < all.size(); i += 2)
    {
        stacks.deallocate(all[i]);
    }
    require_in_child(stacks.allocated() == 0, "all are back");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(guards_leave_mappings_to_the_rest_of_the_process, Allocator, guarded_kinds)
{
    constexpr std::size_t limit = 4000;
    const auto result = run_in_child([] {
        weft::detail::override_guard_kind(guard_kind::protection);
        weft::detail::override_mapping_limit(limit);
        const std::size_t before = weft::detail::counted_guards();
        const long mappings = count_mappings();
        exhaust_mappings<Allocator>(limit, limit / 16 * 7 - before, "an eighth of them is left");
        require_in_child(weft::detail::counted_guards() == before, "none stays counted");
        // Raised meanwhile: nothing has to be told.
        weft::detail::override_mapping_limit(2 * limit);
        exhaust_mappings<Allocator>(2 * limit, limit / 16 * 14 - before, "an eighth of them is left");
        require_in_child(count_mappings() < mappings + 200, "none stays mapped");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_kernels_own_limit_is_named_too, Allocator, guarded_kinds)
{
    if (skipped_under_sanitizers("they need mappings of their own"))
    {
        return;
    }
    std::size_t limit = 0;
    std::ifstream("/proc/sys/vm/max_map_count") >> limit;
    if (limit == 0 || limit > 200000)
    {
        std::printf("skipped: vm.max_map_count is %zu, too many to use up\n", limit);
        return;
    }
    const auto result = run_in_child([limit] {
        weft::detail::override_guard_kind(guard_kind::protection);
        weft::detail::override_mapping_limit(100 * limit); // so that weft's own limit is not in the way
        exhaust_mappings<Allocator>(limit, limit / 2 - 1000, "failed for");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
