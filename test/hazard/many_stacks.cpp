// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H7: guards by mprotect split mappings, and a process has 65,530 of them: the 32,745th stack fails with ENOMEM, and
// whoever does not check has stacks without guards from there on. weft's guards cost no mapping where the kernel has
// MADV_GUARD_INSTALL; elsewhere it stops before the limit, with an error that says what to raise.

#include <weft/context/slab_stacks.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/event.hpp>

#include "context/guard_kinds.hpp"
#include "support/child_process.hpp"
#include "support/sanitized.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/mman.h>
#include <vector>

using namespace weft::test;
using weft::stack;

namespace
{

std::size_t count_mappings()
{
    std::ifstream maps("/proc/self/maps");
    return static_cast<std::size_t>(
        std::count(std::istreambuf_iterator<char>(maps), std::istreambuf_iterator<char>(), '\n'));
}

/// Asked here, and not of weft: it must use them where they are.
bool kernel_has_markers()
{
    const std::size_t size = weft::page_size();
    void* const page = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    BOOST_REQUIRE(page != MAP_FAILED);
    constexpr int guard_install = 102;
    const bool result = ::madvise(page, size, guard_install) == 0;
    ::munmap(page, size);
    if (!result)
    {
        std::puts("skipped: the kernel has no MADV_GUARD_INSTALL");
    }
    return result;
}

bool has_guard(stack which)
{
    return run_in_child([which] { *static_cast<volatile std::byte*>(which.base - 1) = std::byte{1}; })
        .killed_by(SIGSEGV);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(many_stacks, both_guards)

BOOST_AUTO_TEST_CASE(a_hundred_thousand_with_guards)
{
    if (!kernel_has_markers())
    {
        return;
    }
    constexpr std::size_t count = 100'000;
    weft::slab_stacks stacks(std::size_t{64} * 1024);
    std::vector<stack> all(count);
    const auto before = count_mappings();
    for (stack& each : all)
    {
        each = stacks.allocate();
    }
    BOOST_TEST(count_mappings() < before + 200);
    for (std::size_t i = 0; i < count; i += count / 8 - 1)
    {
        BOOST_TEST(has_guard(all[i]), "stack " << i);
    }
    for (const stack each : all)
    {
        stacks.deallocate(each);
    }
}

BOOST_AUTO_TEST_CASE(more_fibers_than_mappings)
{
    if (!kernel_has_markers() || skipped_if_sanitized("they know of fewer fibers"))
    {
        return;
    }
    static constexpr std::size_t count = 70'000;
    std::size_t awake = 0;
    weft::run([&awake] {
        weft::manual_reset_event go;
        std::vector<weft::fiber> all;
        all.reserve(count);
        for (std::size_t i = 0; i != count; ++i)
        {
            all.emplace_back([&] {
                go.wait();
                ++awake;
            });
        }
        weft::this_fiber::yield();
        BOOST_TEST(weft::scheduler::current().counters().suspended == count);
        go.set();
        for (auto& each : all)
        {
            each.join();
        }
    });
    BOOST_TEST(awake == count);
}

BOOST_AUTO_TEST_CASE(without_markers_spawn_fails_before_the_limit_and_says_what_to_raise)
{
    constexpr std::size_t limit = 2000;
    const auto result = run_in_child([] {
        weft::detail::override_guard_kind(guard_kind::protection);
        weft::detail::override_mapping_limit(limit);
        std::size_t ended = 0;
        weft::run([&ended] {
            weft::manual_reset_event go;
            std::vector<weft::fiber> all;
            std::string message;
            while (message.empty())
            {
                require_in_child(all.size() < limit / 2, "the limit is reached");
                try
                {
                    all.emplace_back([&] {
                        go.wait();
                        ++ended;
                    });
                }
                catch (const boost::system::system_error& error)
                {
                    require_in_child(error.code() == boost::system::errc::not_enough_memory, "ENOMEM");
                    message = error.what();
                }
            }
            require_in_child(message.find("vm.max_map_count") != std::string::npos, message.c_str());
            require_in_child(all.size() > limit / 16 * 7 - 20, "the share of stacks is usable");

            // The others all got what they were promised.
            weft::this_fiber::yield();
            require_in_child(weft::scheduler::current().counters().suspended == all.size(), "all have started");
            go.set();
            for (auto& each : all)
            {
                each.join();
            }
            require_in_child(ended == all.size(), "all have ended");
            weft::fiber([&ended] { ++ended; }).join();
            require_in_child(ended == all.size() + 1, "and there is room again");
        });
        require_in_child(weft::detail::counted_guards() == 0, "none stays counted");
    });
    BOOST_TEST(result.exited_with(0), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
