// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/sync/channel.hpp>

#include "cases.hpp"

#include <boost/fiber/fiber.hpp>
#include <boost/fiber/unbuffered_channel.hpp>

#include <cstdint>

namespace weft::bench
{
namespace
{

std::uint64_t take(channel<std::uint64_t>& from)
{
    return *from.pop();
}
std::uint64_t take(boost::fibers::unbuffered_channel<std::uint64_t>& from)
{
    return from.value_pop();
}

template <class Fiber, class Channel>
sample rendezvous(std::uint64_t operations)
{
    relay_watch watch(1, operations);
    Channel channel;
    Fiber putter([&] {
        watch.begin();
        for (auto left = watch.each(); left != 0; --left)
        {
            channel.push(left);
        }
    });
    Fiber taker([&] {
        for (auto left = watch.each(); left != 0; --left)
        {
            take(channel);
        }
        watch.end();
    });
    putter.join();
    taker.join();
    return watch.result();
}

sample rendezvous_weft(std::uint64_t operations)
{
    sample result{};
    run([&] { result = rendezvous<fiber, channel<std::uint64_t>>(operations); });
    return result;
}

} // namespace

void add_channel_cases(registry& all)
{
    all.add("channel/rendezvous", "ns")
        .timed("weft", rendezvous_weft)
        .timed("boost.fiber", rendezvous<boost::fibers::fiber, boost::fibers::unbuffered_channel<std::uint64_t>>);
}

} // namespace weft::bench
