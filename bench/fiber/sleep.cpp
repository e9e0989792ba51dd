// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "cases.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/context/fixedsize_stack.hpp>
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/operations.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t sleepers = 100'000;

// Boost's own stacks of 128 KiB would each be a mapping, of which a process may have 65,530.
constexpr std::size_t small_stack = 16 * 1024;

// When each is to wake up: late enough for all to be asleep before the first one does, and in no order.
class alarm_clock
{
public:
    std::chrono::steady_clock::time_point of(std::size_t sleeper) const
    {
        return begin_ + 1s + sleeper * 7919 % sleepers * 2500ns;
    }

private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// Nanoseconds of processor time for each sleeper.
template <class Body>
double time_each(Body body)
{
    const auto before = processor_time();
    body(alarm_clock());
    return static_cast<double>((processor_time() - before).count()) / sleepers;
}

// Makes each sleeper by `make(i)`, and joins all.
template <class Fiber, class Make>
void make_and_join(Make make)
{
    std::vector<Fiber> all;
    all.reserve(sleepers);
    for (std::size_t i = 0; i < sleepers; ++i)
    {
        all.push_back(make(i));
    }
    for (auto& each : all)
    {
        each.join();
    }
}

double sleep_weft(effort)
{
    return time_each([](alarm_clock alarm) {
        run([&] {
            make_and_join<fiber>(
                [&](std::size_t i) { return fiber([&alarm, i] { this_fiber::sleep_until(alarm.of(i)); }); });
        });
    });
}

double sleep_boost_fiber(effort)
{
    return time_each([](alarm_clock alarm) {
        make_and_join<boost::fibers::fiber>([&](std::size_t i) {
            return boost::fibers::fiber(std::allocator_arg, boost::context::fixedsize_stack(small_stack),
                                        [&alarm, i] { boost::this_fiber::sleep_until(alarm.of(i)); });
        });
    });
}

double sleep_callbacks(effort)
{
    return time_each([](alarm_clock alarm) {
        asio::io_context io(1);
        std::deque<asio::steady_timer> timers;
        for (std::size_t i = 0; i < sleepers; ++i)
        {
            timers.emplace_back(io, alarm.of(i)).async_wait([](boost::system::error_code) {});
        }
        io.run();
    });
}

double sleep_spawned(effort)
{
    return time_each([](alarm_clock alarm) {
        asio::io_context io(1);
        for (std::size_t i = 0; i < sleepers; ++i)
        {
            asio::spawn(
                io, std::allocator_arg, boost::context::fixedsize_stack(small_stack),
                [&io, &alarm, i](const asio::yield_context& yield) {
                    asio::steady_timer(io, alarm.of(i)).async_wait(yield);
                },
                asio::detached);
        }
        io.run();
    });
}

asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point when)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, when);
    co_await timer.async_wait(asio::use_awaitable);
}

double sleep_coroutines(effort)
{
    return time_each([](alarm_clock alarm) {
        asio::io_context io(1);
        for (std::size_t i = 0; i < sleepers; ++i)
        {
            asio::co_spawn(io, sleep_until(alarm.of(i)), asio::detached);
        }
        io.run();
    });
}

} // namespace

void add_sleep_cases(registry& all)
{
    all.add("sleep/100000", "ns_cpu")
        .measured("weft", sleep_weft, "made, asleep all at once, woken at times of their own, and joined")
        .measured("boost.fiber", sleep_boost_fiber, "stacks of 16 KiB without guards: with them it ends at 32,742")
        .measured("asio.callback", sleep_callbacks)
        .measured("asio.spawn", sleep_spawned, "stacks of 16 KiB without guards")
        .measured("asio.awaitable", sleep_coroutines);
}

} // namespace weft::bench
