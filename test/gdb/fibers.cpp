// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Fibers in each state, for the debugger; with an argument, for a core file. See check_fibers.py.

#include <weft/weft.hpp>

#include <boost/asio/buffer.hpp>

#include <array>
#include <chrono>
#include <cstdlib>
#include <mutex>

extern "C" [[gnu::noinline]] void stop_here()
{
    asm volatile("");
}

namespace
{

using namespace std::chrono_literals;

[[gnu::noinline]] void wait_for_the_lock(weft::mutex& lock)
{
    const std::lock_guard held(lock);
    asm volatile("");
}

// Nobody waits for that: the program ends before.
[[gnu::noinline]] void sleep_for_an_hour()
{
    weft::this_fiber::sleep_for(1h);
    asm volatile("");
}

[[gnu::noinline]] void read_what_never_comes(weft::local::socket& socket)
{
    std::array<char, 16> data{};
    socket.read_some(boost::asio::buffer(data));
    asm volatile("");
}

[[gnu::noinline]] void yield_for_good()
{
    for (;;)
    {
        weft::this_fiber::yield();
    }
}

} // namespace

int main(int count, char** /*arguments*/)
{
    weft::run([count] {
        weft::mutex lock;
        const std::lock_guard held(lock);
        auto [near_end, far_end] = weft::local::socketpair<>();

        weft::fiber locker(weft::attributes{.name = "locker"}, [&] { wait_for_the_lock(lock); });
        weft::fiber sleeper(weft::attributes{.name = "sleeper"}, sleep_for_an_hour);
        weft::fiber reader(weft::attributes{.name = "reader"}, [&end = near_end] { read_what_never_comes(end); });
        weft::fiber yielder(weft::attributes{.name = "yielder"}, yield_for_good);
        for (int turns = 0; turns < 8; ++turns)
        {
            weft::this_fiber::yield();
        }
        const weft::fiber unborn(weft::attributes{.name = "unborn"}, [] {});
        stop_here();
        if (count > 1)
        {
            std::abort();
        }
        std::_Exit(0); // nobody would ever wake them
    });
}
