// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_pool.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "cases.hpp"

#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>
#include <boost/fiber/pooled_fixedsize_stack.hpp>

#include <cstdint>
#include <memory>

namespace weft::bench
{
namespace
{

// How many jobs are handed out before the others get their turn: as many as the pool has workers.
constexpr std::uint64_t batch = 16;

// `give(job)` has a job run by some fiber, `let_run()` lets these run.
template <class Give, class LetRun>
sample hand_out(std::uint64_t operations, Give give, LetRun let_run)
{
    std::uint64_t done = 0;
    std::uint64_t given = 0;
    const auto once = [&] {
        for (std::uint64_t i = 0; i < batch; ++i)
        {
            give([&done] { ++done; });
            ++given;
        }
        while (done != given)
        {
            let_run();
        }
    };
    return time_batches(operations, batch, once);
}

sample post_weft(std::uint64_t operations)
{
    sample result{};
    run([&] {
        fiber_pool pool(batch);
        result = hand_out(operations, [&pool](auto job) { pool.post(job); }, [] { this_fiber::yield(); });
    });
    return result;
}

sample spawn_weft(std::uint64_t operations)
{
    sample result{};
    run([&] { result = hand_out(operations, [](auto job) { fiber(job).detach(); }, [] { this_fiber::yield(); }); });
    return result;
}

sample spawn_boost_fiber(std::uint64_t operations)
{
    boost::fibers::pooled_fixedsize_stack stacks;
    return hand_out(
        operations, [&stacks](auto job) { boost::fibers::fiber(std::allocator_arg, stacks, job).detach(); },
        [] { boost::this_fiber::yield(); });
}

} // namespace

void add_pool_cases(registry& all)
{
    all.add("pool/post", "ns")
        .timed("weft", post_weft)
        .timed("weft.detached", spawn_weft, "spawn and detach a fiber for each job")
        .timed("boost.fiber", spawn_boost_fiber, "a detached fiber for each job, with pooled stacks");
}

} // namespace weft::bench
