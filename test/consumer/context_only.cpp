// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// The lowest layer alone.

#include <weft/context/generator.hpp>

#include <cstdio>

int main()
{
    int sum = 0;
    for (const int number : weft::generator<int>([](auto& yield) {
             yield(40);
             yield(2);
         }))
    {
        sum += number;
    }
    std::printf("generated %d\n", sum);
    return sum == 42 ? 0 : 1;
}
