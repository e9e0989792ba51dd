// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber_group.hpp>
#include <weft/fiber/run.hpp>

#include "cases.hpp"

#include <boost/fiber/fiber.hpp>
#include <boost/fiber/pooled_fixedsize_stack.hpp>

#include <cstdint>
#include <thread>
#include <vector>

namespace weft::bench
{
namespace
{

// Of each scope, which has all that is needed to join whoever was made in it.
constexpr std::uint64_t members = 1000;

sample group_weft(std::uint64_t operations)
{
    sample result{};
    run([&] {
        result = time_batches(operations, members, [] {
            fiber_group group;
            for (std::uint64_t i = 0; i < members; ++i)
            {
                group.spawn([] {});
            }
            group.join();
        });
    });
    return result;
}

template <class Make>
void make_and_join(Make make)
{
    std::vector<decltype(make())> all;
    for (std::uint64_t i = 0; i < members; ++i)
    {
        all.push_back(make());
    }
    for (auto& each : all)
    {
        each.join();
    }
}

sample group_boost_fiber(std::uint64_t operations)
{
    boost::fibers::pooled_fixedsize_stack stacks;
    return time_batches(operations, members, [&] {
        make_and_join([&] { return boost::fibers::fiber(std::allocator_arg, stacks, [] {}); });
    });
}

sample group_thread(std::uint64_t operations)
{
    return time_batches(operations, members, [] { make_and_join([] { return std::jthread([] {}); }); });
}

} // namespace

void add_group_cases(registry& all)
{
    all.add("group/1000", "ns")
        .timed("weft", group_weft)
        .timed("boost.fiber", group_boost_fiber, "a vector of fibers, with pooled stacks")
        .timed("std.thread", group_thread, "a vector of std::jthread");
}

} // namespace weft::bench
