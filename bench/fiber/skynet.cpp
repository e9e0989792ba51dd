// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/runtime.hpp>

#include "cases.hpp"
#include "fiber/boost_stealing.hpp"
#include "fiber/spread.hpp"

#include <boost/fiber/fiber.hpp>
#include <boost/fiber/policy.hpp>
#include <boost/fiber/pooled_fixedsize_stack.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

namespace weft::bench
{
namespace
{

constexpr auto stacks_note = "with pooled stacks, faster here than its default ones";

// A tree of fibers: each one makes ten others and adds up what they return; the leaves return their number.
template <class Make>
void skynet(const Make& make, std::uint64_t first, std::uint64_t leaves, std::uint64_t& sum)
{
    if (leaves == 1)
    {
        sum = first;
        return;
    }
    constexpr std::size_t children = 10;
    std::array<std::uint64_t, children> parts{};
    const auto share = leaves / children;
    const auto child = [&](std::size_t i) {
        return [&make, begin = first + i * share, share, &part = parts[i]] { skynet(make, begin, share, part); };
    };
    std::array<decltype(make(child(0))), children> fibers;
    for (std::size_t i = 0; i < children; ++i)
    {
        fibers[i] = make(child(i));
    }
    for (std::size_t i = 0; i < children; ++i)
    {
        fibers[i].join();
        sum += parts[i];
    }
}

template <class Make>
double milliseconds_for(effort how_much, const Make& make)
{
    const std::uint64_t leaves = how_much == effort::quick ? 100'000 : 1'000'000;
    std::uint64_t sum = 0;
    const stopwatch watch;
    skynet(make, 0, leaves, sum);
    const std::chrono::duration<double, std::milli> elapsed = watch.elapsed();
    if (sum != leaves * (leaves - 1) / 2)
    {
        throw std::runtime_error("wrong sum");
    }
    return elapsed.count();
}

measurement with_weft(launch how)
{
    return [how](effort how_much) {
        return run(
            [&] { return milliseconds_for(how_much, [how](auto body) { return fiber(how, std::move(body)); }); });
    };
}

measurement with_boost_fiber(boost::fibers::launch how)
{
    return [how](effort how_much) {
        const boost::fibers::pooled_fixedsize_stack stacks;
        return milliseconds_for(how_much, [&](auto body) {
            return boost::fibers::fiber(how, std::allocator_arg, boost::fibers::pooled_fixedsize_stack(stacks),
                                        std::move(body));
        });
    };
}

#if !defined(WEFT_INLINE_SWITCH)
double with_two_workers(effort how_much)
{
    runtime workers({.workers = 2, .exchange = work_exchange::stealing, .moves = movable::before_start});
    return workers.run([&] {
        spread(workers);
        return milliseconds_for(how_much, [](auto body) { return fiber(std::move(body)); });
    });
}

double with_two_boost_threads(effort how_much)
{
    have_a_second_thread_steal();
    return milliseconds_for(
        how_much, [](auto body) { return boost::fibers::fiber(boost::fibers::launch::post, std::move(body)); });
}
#endif

} // namespace

void add_skynet_cases(registry& all)
{
    all.add("skynet/dispatch", "ms")
        .measured("weft", with_weft(launch::dispatch))
        .measured("boost.fiber", with_boost_fiber(boost::fibers::launch::dispatch), stacks_note)
        .at_most(0.05, "boost.fiber");
    all.add("skynet/post", "ms")
        .measured("weft", with_weft(launch::post))
        .measured("boost.fiber", with_boost_fiber(boost::fibers::launch::post), stacks_note)
        .at_most(0.30, "boost.fiber");
#if !defined(WEFT_INLINE_SWITCH)
    all.add("skynet/stealing", "ms")
        .measured("weft", with_two_workers)
        .measured("weft.one_thread", with_weft(launch::post))
        .measured("boost.fiber", with_two_boost_threads, "with its default stacks: pooled ones are for one thread")
        .at_most(1 / 3.0, "boost.fiber")
        .at_most(1, "go");
#endif
}

} // namespace weft::bench
