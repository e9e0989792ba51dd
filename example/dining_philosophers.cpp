// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Five philosophers share five forks, and each needs two to eat. A room for four keeps them from waiting for each other
// in a circle; strict turns at each fork keep everybody fed. Time is simulated, so it is over at once.

#include <weft/weft.hpp>

#include <array>
#include <chrono>
#include <iostream>
#include <mutex>
#include <string_view>
#include <vector>

using namespace std::chrono_literals;

int main()
{
    constexpr std::array<std::string_view, 5> names{"Aristotle", "Kant", "Spinoza", "Marx", "Russell"};
    constexpr int meals = 3;

    weft::manual_clock clock;
    return weft::run(
        [&] {
            const auto start = clock.now();
            std::array<weft::mutex, names.size()> forks;
            weft::counting_semaphore<names.size() - 1> room(names.size() - 1);
            weft::latch sated(names.size());
            std::array<int, names.size()> eaten{};

            std::vector<weft::fiber> table;
            for (std::size_t i = 0; i != names.size(); ++i)
            {
                table.emplace_back([&, i] {
                    for (int meal = 1; meal <= meals; ++meal)
                    {
                        weft::this_fiber::sleep_for(10ms); // thinks
                        room.acquire();
                        {
                            const std::lock_guard left(forks[i]);
                            const std::lock_guard right(forks[(i + 1) % names.size()]);
                            weft::this_fiber::sleep_for(20ms); // eats
                            ++eaten[i];
                        }
                        room.release();
                    }
                    sated.count_down();
                });
            }

            sated.wait();
            for (auto& philosopher : table)
            {
                philosopher.join();
            }
            for (std::size_t i = 0; i != names.size(); ++i)
            {
                std::cout << names[i] << " has eaten " << eaten[i] << " times\n";
            }
            const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - start);
            std::cout << "the table is empty after " << took.count() << " ms\n";
        },
        {.clock = &clock});
}
