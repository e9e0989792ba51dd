// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/fiber_context.hpp>

#include "cases.hpp"
#include "context/raw_ring.hpp"

#include <boost/context/fiber.hpp>

#include <utility>

namespace weft::bench
{
namespace
{

// Both handles have the interface of P0876.
template <class Context>
sample resume_to_and_fro(std::uint64_t operations)
{
    Context other([](Context&& caller) -> Context {
        for (;;)
        {
            caller = std::move(caller).resume();
        }
    });
    const auto done = time_loop(operations / 2 + 1, [&] { other = std::move(other).resume(); });
    return {done.elapsed, done.operations * 2};
}

} // namespace

void add_switch_cases(registry& all)
{
    all.add("switch/fcontext", "ns")
        .timed("weft", resume_to_and_fro<fiber_context>)
        .timed("raw", jump_to_and_fro)
        .timed("boost.context", resume_to_and_fro<boost::context::fiber>);
}

} // namespace weft::bench
