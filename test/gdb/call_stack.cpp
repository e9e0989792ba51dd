// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Stops, under the debugger, in a fiber and in a generator within a generator. See call_stack.cmake.

#include <weft/context/generator.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>

extern "C" [[gnu::noinline]] void stop_here()
{
    asm volatile("");
}

namespace
{

[[gnu::noinline]] void body_of_the_fiber()
{
    stop_here();
    asm volatile("");
}

[[gnu::noinline]] void resume_the_outer_one(weft::generator<int>& outer)
{
    static_cast<void>(outer.resume());
    asm volatile("");
}

[[gnu::noinline]] void resume_the_inner_one(weft::generator<int>& inner)
{
    static_cast<void>(inner.resume());
    asm volatile("");
}

} // namespace

int main()
{
    weft::run([] { weft::fiber(body_of_the_fiber).join(); });

    weft::generator<int> inner([](auto& yield) {
        for (int i = 0;; ++i)
        {
            stop_here();
            yield(i);
        }
    });
    weft::generator<int> outer([&](auto& yield) {
        for (int i = 0;; ++i)
        {
            resume_the_inner_one(inner);
            yield(i);
        }
    });
    resume_the_outer_one(outer);
    resume_the_outer_one(outer);
}
