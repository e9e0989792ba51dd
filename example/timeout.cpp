// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Four ways to bound a wait in time: a limit for one call, a deadline for everything below a scope, a deadline handed to
// another fiber, and one that is moved as long as there is progress.

#include <weft/weft.hpp>

#include <boost/system/system_error.hpp>

#include <chrono>
#include <iostream>
#include <string_view>

using namespace std::chrono_literals;

namespace
{

/// What `call` ends with.
template <class Call>
std::string_view end_of(Call&& call)
{
    try
    {
        call();
        return "done";
    }
    catch (const boost::system::system_error& error)
    {
        return error.code() == boost::asio::error::timed_out ? "timed out" : "failed";
    }
}

/// Knows nothing of deadlines.
int slow_query()
{
    weft::this_fiber::sleep_for(1h);
    return 42;
}

} // namespace

int main()
{
    return weft::run([] {
        // One call: false, no exception.
        weft::manual_reset_event never;
        std::cout << "one call: " << (never.wait_for(5ms) ? "set" : "not set") << '\n';

        // A scope: everything below it ends by then, also what knows nothing of it. The nearest of several wins.
        std::cout << "a scope: " << end_of([] {
            const weft::deadline limit(10ms);
            const weft::deadline longer(1h);
            slow_query();
        }) << '\n';

        // Fibers start without a deadline, unless they are given one.
        {
            const weft::deadline limit(10ms);
            auto answer = weft::async(weft::attributes{.deadline = limit}, slow_query);
            weft::this_fiber::sleep_for(1ms);
            std::cout << "handed on: " << end_of([&] { answer.get(); }) << '\n';
        }

        // As an argument, and moved while there is progress.
        weft::auto_reset_event progress;
        const weft::jfiber worker([&progress] {
            for (int i = 0; i < 3; ++i)
            {
                weft::this_fiber::sleep_for(5ms);
                progress.set();
            }
            weft::this_fiber::sleep_for(1h);
        });
        weft::deadline silence(1s);
        int steps = 0;
        for (silence.expires_after(500ms); progress.wait_until(silence);
             silence.expires_after(steps < 3 ? 500ms : 10ms))
        {
            ++steps;
        }
        std::cout << "progress: " << steps << " steps, then none\n";
    });
}
