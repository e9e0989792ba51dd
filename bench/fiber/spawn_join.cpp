// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>

#include "cases.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/pooled_fixedsize_stack.hpp>
#include <boost/system/error_code.hpp>

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;

// Makes `batch` of them, then joins them, until about that many have been made.
template <class Make>
sample spawn_and_join(std::uint64_t batch, std::uint64_t operations, Make make)
{
    std::vector<decltype(make())> all(batch);
    const auto once = [&] {
        for (auto& each : all)
        {
            each = make();
        }
        for (auto& each : all)
        {
            each.join();
        }
    };
    return time_batches(operations, batch, once);
}

sample spawn_weft(std::uint64_t batch, std::uint64_t operations)
{
    sample result{};
    run([&] { result = spawn_and_join(batch, operations, [] { return fiber([] {}); }); });
    return result;
}

sample spawn_boost_fiber(std::uint64_t batch, std::uint64_t operations)
{
    boost::fibers::pooled_fixedsize_stack stacks;
    return spawn_and_join(batch, operations, [&] { return boost::fibers::fiber(std::allocator_arg, stacks, [] {}); });
}

sample spawn_thread(std::uint64_t batch, std::uint64_t operations)
{
    return spawn_and_join(batch, operations, [] { return std::thread([] {}); });
}

#if defined(BOOST_ASIO_HAS_CO_AWAIT)

asio::awaitable<void> do_nothing()
{
    co_return;
}

asio::awaitable<void> await_one_by_one(sample& result, std::uint64_t operations)
{
    const auto executor = co_await asio::this_coro::executor;
    const stopwatch watch;
    for (std::uint64_t i = 0; i < operations; ++i)
    {
        co_await asio::co_spawn(executor, do_nothing(), asio::use_awaitable);
    }
    result = {watch.elapsed(), operations};
}

// The usual way to wait for several: the last one cancels a timer.
asio::awaitable<void> await_in_batches(sample& result, std::uint64_t batch, std::uint64_t operations)
{
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer all_done(executor, asio::steady_timer::time_point::max());
    std::uint64_t made = 0;
    const stopwatch watch;
    for (; made < operations; made += batch)
    {
        auto left = batch;
        for (std::uint64_t i = 0; i < batch; ++i)
        {
            asio::co_spawn(executor, do_nothing(), [&](std::exception_ptr) {
                if (--left == 0)
                {
                    all_done.cancel();
                }
            });
        }
        boost::system::error_code canceled;
        co_await all_done.async_wait(asio::redirect_error(asio::use_awaitable, canceled));
    }
    result = {watch.elapsed(), made};
}

sample spawn_asio_awaitable(std::uint64_t batch, std::uint64_t operations)
{
    sample result{};
    asio::io_context io(1);
    asio::co_spawn(io, batch == 1 ? await_one_by_one(result, operations) : await_in_batches(result, batch, operations),
                   [](std::exception_ptr error) {
                       if (error)
                       {
                           std::rethrow_exception(error);
                       }
                   });
    io.run();
    return result;
}

#endif

bench_case& add_case(registry& all, std::uint64_t batch)
{
    const auto with = [batch](sample (*loop)(std::uint64_t, std::uint64_t)) {
        return [=](std::uint64_t operations) { return loop(batch, operations); };
    };
    auto& added = all.add("spawn_join/" + std::to_string(batch), "ns");
    added.timed("weft", with(spawn_weft));
    added.timed("boost.fiber", with(spawn_boost_fiber), "with pooled stacks, faster here than its default ones");
#if defined(BOOST_ASIO_HAS_CO_AWAIT)
    added.timed("asio.awaitable", with(spawn_asio_awaitable));
#endif
    return added.timed("std.thread", with(spawn_thread));
}

} // namespace

void add_spawn_join_cases(registry& all)
{
    add_case(all, 1).at_most(0.10, "boost.fiber");
    add_case(all, 1000).at_most(0.15, "boost.fiber");
}

} // namespace weft::bench
