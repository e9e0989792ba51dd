// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "cases.hpp"
#include "context/raw_ring.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;

// In a fiber. The first yield of each comes before the time, so that all have started then, and the last one after it,
// so that none has ended: to make and free stacks is another case.
template <class Fiber, class Yield>
void yield_in_turns(std::uint64_t fibers, relay_watch& watch, Yield yield)
{
    std::vector<Fiber> all;
    all.reserve(fibers);
    for (std::uint64_t i = 0; i < fibers; ++i)
    {
        all.emplace_back([&watch, yield] {
            yield();
            watch.begin();
            for (auto left = watch.each(); left != 0; --left)
            {
                yield();
            }
            watch.end();
            yield();
        });
    }
    // The last one first: this fiber is woken once only.
    for (; !all.empty(); all.pop_back())
    {
        all.back().join();
    }
}

sample yield_weft(std::uint64_t fibers, std::uint64_t operations)
{
    relay_watch watch(fibers, operations);
    run([&] { yield_in_turns<fiber>(fibers, watch, [] { this_fiber::yield(); }); });
    return watch.result();
}

sample yield_boost_fiber(std::uint64_t fibers, std::uint64_t operations)
{
    relay_watch watch(fibers, operations);
    yield_in_turns<boost::fibers::fiber>(fibers, watch, [] { boost::this_fiber::yield(); });
    return watch.result();
}

sample yield_asio_spawn(std::uint64_t fibers, std::uint64_t operations)
{
    relay_watch watch(fibers, operations);
    asio::io_context io(1);
    for (std::uint64_t i = 0; i < fibers; ++i)
    {
        asio::spawn(
            io,
            [&](asio::yield_context yield) {
                asio::post(io, yield);
                watch.begin();
                for (auto left = watch.each(); left != 0; --left)
                {
                    asio::post(io, yield);
                }
                watch.end();
                asio::post(io, yield);
            },
            asio::detached);
    }
    io.run();
    return watch.result();
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)

asio::awaitable<void> yield_often(relay_watch& watch)
{
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    watch.begin();
    for (auto left = watch.each(); left != 0; --left)
    {
        co_await asio::post(executor, asio::use_awaitable);
    }
    watch.end();
    co_await asio::post(executor, asio::use_awaitable);
}

sample yield_asio_awaitable(std::uint64_t fibers, std::uint64_t operations)
{
    relay_watch watch(fibers, operations);
    asio::io_context io(1);
    for (std::uint64_t i = 0; i < fibers; ++i)
    {
        asio::co_spawn(io, yield_often(watch), asio::detached);
    }
    io.run();
    return watch.result();
}

#endif

bench_case& add_case(registry& all, std::uint64_t fibers)
{
    const auto with = [fibers](sample (*loop)(std::uint64_t, std::uint64_t)) {
        return [=](std::uint64_t operations) { return loop(fibers, operations); };
    };
    auto& added = all.add("yield/" + std::to_string(fibers), "ns");
    added.timed("weft", with(yield_weft)).timed("raw", with(jump_in_a_ring));
    added.timed("boost.fiber", with(yield_boost_fiber));
    added.timed("asio.spawn", with(yield_asio_spawn));
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
    added.timed("asio.awaitable", with(yield_asio_awaitable));
#endif
    return added;
}

} // namespace

void add_yield_cases(registry& all)
{
    add_case(all, 2).at_most(1.15, "raw").at_most(0.15, "boost.fiber").at_most(0.5, "weft", "weft-inline");
    add_case(all, 1000).at_most(0.25, "boost.fiber");
    add_case(all, 10000);
}

} // namespace weft::bench
