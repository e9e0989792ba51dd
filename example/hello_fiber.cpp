// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Two fibers count and yield to each other: they run on one thread and take turns in exactly the order in which they
// were made, so the output is always the same.

#include <weft/weft.hpp>

#include <iostream>
#include <string_view>

int main()
{
    return weft::run([] {
        int steps = 0;
        const auto count = [&steps](std::string_view name) {
            for (int i = 1; i <= 3; ++i)
            {
                std::cout << name << ' ' << i << '\n';
                ++steps;
                weft::this_fiber::yield();
            }
        };

        weft::fiber warp(count, "warp");
        weft::fiber fill(count, "fill");
        warp.join();
        fill.join();
        std::cout << steps << " steps\n";
    });
}
