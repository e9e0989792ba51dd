// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Two producers and three consumers on a queue with room for four. Producers wait while it is full, consumers while it is
// empty; it is closed when the last producer is done, and that ends the consumers' loops once everything is taken. One
// of the producers is a plain thread: the queue does not care.

#include <weft/weft.hpp>

#include <iostream>
#include <map>
#include <string>
#include <thread>

int main()
{
    return weft::run([] {
        weft::blocking_queue<std::string> jobs(4);
        weft::latch producers(2);
        std::map<std::string, int> done; // only fibers of one scheduler touch it: it needs no lock

        const auto produce = [&jobs, &producers](const std::string& name) {
            for (int i = 0; i < 100; ++i)
            {
                jobs.push(name);
            }
            producers.count_down();
        };
        const auto consume = [&jobs, &done] {
            for (const std::string& each : jobs)
            {
                ++done[each];
                weft::this_fiber::yield();
            }
        };

        weft::fiber_group consumers;
        for (int i = 0; i < 3; ++i)
        {
            consumers.spawn(consume);
        }
        std::thread thread(produce, "from a thread");
        weft::fiber fiber(produce, "from a fiber");
        producers.wait();
        jobs.close();
        consumers.join();

        fiber.join();
        thread.join();
        for (const auto& [name, count] : done)
        {
            std::cout << count << ' ' << name << '\n';
        }
    });
}
