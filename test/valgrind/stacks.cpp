// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Every kind of stack, used, given back and used again. Valgrind is to find nothing remarkable about it.

#include <weft/context/guarded_stacks.hpp>
#include <weft/context/unguarded_heap_stacks.hpp>
#include <weft/weft.hpp>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace
{

void require(bool holds)
{
    if (!holds)
    {
        std::abort();
    }
}

template <class Stacks>
void resume_some(Stacks&& stacks)
{
    for (int round = 0; round != 3; ++round)
    {
        int passes = 0;
        weft::fiber_context context(std::allocator_arg, stacks,
                                    [&passes](weft::fiber_context&& caller)
                                    {
                                        const std::vector<int> heap(100, 1);
                                        for (const int one : heap)
                                        {
                                            passes += one;
                                            caller = std::move(caller).resume();
                                        }
                                        return std::move(caller);
                                    });
        while (context)
        {
            context = std::move(context).resume();
        }
        require(passes == 100);

        weft::generator<int> numbers(std::allocator_arg, stacks,
                                     [](auto& yield)
                                     {
                                         for (int number = 0;; ++number)
                                         {
                                             yield(number);
                                         }
                                     });
        require(numbers.resume() == 0 && numbers.resume() == 1); // dropped while suspended: unwound
    }
}

} // namespace

int main()
{
    resume_some(weft::slab_stacks());
    resume_some(weft::guarded_stacks());
    resume_some(weft::unguarded_heap_stacks());
    return weft::run(
        []
        {
            for (int round = 0; round != 3; ++round)
            {
                std::vector<weft::fiber> fibers;
                weft::mutex lock;
                int passes = 0;
                for (int number = 0; number != 20; ++number)
                {
                    fibers.emplace_back(
                        [&]
                        {
                            const std::scoped_lock guard(lock);
                            weft::this_fiber::yield();
                            ++passes;
                        });
                }
                for (auto& each : fibers)
                {
                    each.join();
                }
                require(passes == 20);
            }
            std::puts("all stacks used");
        });
}
