// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/sync/channel.hpp>
#include <weft/sync/select.hpp>

#include "cases.hpp"

#include <boost/fiber/buffered_channel.hpp>
#include <boost/fiber/fiber.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace weft::bench
{
namespace
{

constexpr std::size_t sources = 4;

/// One that waits for four channels at once; the other one pushes into them in turn.
sample select_of_four(std::uint64_t operations)
{
    sample result{};
    run([&] {
        relay_watch watch(1, operations);
        std::array<channel<std::uint64_t>, sources> from;
        std::uint64_t sum = 0;
        fiber putter([&] {
            watch.begin();
            for (auto left = watch.each(); left != 0; --left)
            {
                from[left % sources].push(left);
            }
        });
        fiber taker([&] {
            const auto add = [&sum](std::uint64_t item) { sum += item; };
            for (auto left = watch.each(); left != 0; --left)
            {
                select(from[0].on_pop(add), from[1].on_pop(add), from[2].on_pop(add), from[3].on_pop(add));
            }
            watch.end();
        });
        putter.join();
        taker.join();
        result = watch.result();
    });
    return result;
}

/// Boost.Fiber has no select: a fiber for each source passes on to a common channel.
sample forwarders_of_four(std::uint64_t operations)
{
    using boost::fibers::fiber;
    using queue = boost::fibers::buffered_channel<std::uint64_t>;
    relay_watch watch(1, operations);
    std::vector<std::unique_ptr<queue>> from;
    queue common(2);
    std::vector<fiber> all;
    for (std::size_t i = 0; i < sources; ++i)
    {
        from.push_back(std::make_unique<queue>(2));
        all.emplace_back([&common, &mine = *from.back()] {
            std::uint64_t item = 0;
            while (mine.pop(item) == boost::fibers::channel_op_status::success)
            {
                common.push(item);
            }
        });
    }
    all.emplace_back([&] {
        watch.begin();
        for (auto left = watch.each(); left != 0; --left)
        {
            from[left % sources]->push(left);
        }
        for (auto& each : from)
        {
            each->close();
        }
    });
    all.emplace_back([&] {
        for (auto left = watch.each(); left != 0; --left)
        {
            static_cast<void>(common.value_pop());
        }
        keep();
        watch.end();
    });
    for (auto& each : all)
    {
        each.join();
    }
    return watch.result();
}

} // namespace

void add_select_cases(registry& all)
{
    all.add("select/4", "ns")
        .timed("weft", select_of_four)
        .timed("boost.fiber", forwarders_of_four,
               "has no select: a fiber for each source passes on to a common channel");
}

} // namespace weft::bench
