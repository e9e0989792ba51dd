// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Many jobs, at most three at a time, and the first failure ends the rest: a fiber_group.

#include <weft/weft.hpp>

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace this_fiber = weft::this_fiber;
using namespace std::chrono_literals;

namespace
{

struct jobs
{
    int running = 0;
    int most = 0;
    int done = 0;
    int canceled = 0;
    int broken = -1; ///< the number of the job that fails

    void operator()(int number)
    {
        most = std::max(most, ++running);
        try
        {
            this_fiber::sleep_for(2ms); // asks a server, say
            if (number == broken)
            {
                throw std::runtime_error("job " + std::to_string(number) + " failed");
            }
            // Those behind it are still waiting when the failed one ends.
            this_fiber::sleep_for(broken < 0 || number < broken ? 1ms : 1h);
            ++done;
        }
        catch (const boost::system::system_error&)
        {
            ++canceled;
        }
        --running;
    }
};

void fan_out(jobs& all, int count)
{
    weft::fiber_group group({.max_fibers = 3});
    for (int number = 0; number < count; ++number)
    {
        group.spawn([&all, number] { all(number); }); // waits for room
    }
    group.join();
}

} // namespace

int main()
{
    return weft::run([] {
        jobs good;
        fan_out(good, 20);
        std::cout << good.done << " done, at most " << good.most << " at a time\n";

        jobs bad;
        bad.broken = 9;
        try
        {
            fan_out(bad, 20);
        }
        catch (const std::runtime_error& error)
        {
            std::cout << error.what() << ": " << bad.done << " done before, " << bad.canceled << " cancelled, "
                      << "the others never started\n";
        }

        // With results: the first error would end the wait.
        std::vector<weft::future<int>> squares;
        for (int i = 1; i <= 5; ++i)
        {
            squares.push_back(weft::async([i] {
                this_fiber::sleep_for(std::chrono::milliseconds(6 - i));
                return i * i;
            }));
        }
        weft::wait_all_until_first_error(squares);
        int sum = 0;
        for (auto& square : squares)
        {
            sum += square.get();
        }
        std::cout << "the squares make " << sum << '\n';
    });
}
