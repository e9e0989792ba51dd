// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/run.hpp>
#include <weft/sync/event.hpp>

#include "cases.hpp"
#include "harness/isolation.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/fiber/condition_variable.hpp>
#include <boost/fiber/mutex.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;

// std::mutex and std::condition_variable, or what replaces them.
template <class Mutex, class Condition>
class flag
{
public:
    void set()
    {
        const std::lock_guard lock(mutex_);
        is_set_ = true;
        changed_.notify_one();
    }

    void wait()
    {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_set_; });
        is_set_ = false;
    }

private:
    Mutex mutex_;
    Condition changed_;
    bool is_set_ = false;
};

using thread_flag = flag<std::mutex, std::condition_variable>;
using boost_fiber_flag = flag<boost::fibers::mutex, boost::fibers::condition_variable>;

// `main` and `other` run a function as their system does it. The first round trip finds out that both are there.
template <class Flag, class Run>
sample ping_pong(std::uint64_t operations, Run run_on_thread)
{
    Flag ping;
    Flag pong;
    std::thread other([&] {
        pin_to_core(core_role::peer);
        run_on_thread([&] {
            for (auto left = operations + 1; left != 0; --left)
            {
                ping.wait();
                pong.set();
            }
        });
    });
    sample result{};
    run_on_thread([&] {
        const auto round_trip = [&] {
            ping.set();
            pong.wait();
        };
        round_trip();
        result = time_loop(operations, round_trip);
    });
    other.join();
    return result;
}

sample wake_weft(std::uint64_t operations)
{
    return ping_pong<auto_reset_event>(operations, [](auto body) { run(body); });
}

sample wake_boost_fiber(std::uint64_t operations)
{
    return ping_pong<boost_fiber_flag>(operations, [](auto body) { body(); });
}

sample wake_thread(std::uint64_t operations)
{
    return ping_pong<thread_flag>(operations, [](auto body) { body(); });
}

class asio_ping_pong
{
public:
    sample run(std::uint64_t operations)
    {
        std::thread other([this] {
            pin_to_core(core_role::peer);
            there_.run();
        });
        round_trips(1);
        const stopwatch watch;
        round_trips(operations);
        const auto elapsed = watch.elapsed();
        work_.reset();
        other.join();
        return {elapsed, operations};
    }

private:
    void round_trips(std::uint64_t count)
    {
        left_ = count;
        here_.restart();
        const auto work = asio::make_work_guard(here_);
        ping();
        here_.run();
    }

    void ping()
    {
        asio::post(there_, [this] {
            asio::post(here_, [this] {
                if (--left_ != 0)
                {
                    ping();
                }
                else
                {
                    here_.stop();
                }
            });
        });
    }

    asio::io_context here_{1};
    asio::io_context there_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{there_.get_executor()};
    std::uint64_t left_ = 0; // of here_'s thread
};

} // namespace

void add_wake_cases(registry& all)
{
    all.add("wake/cross_thread", "ns")
        .timed("weft", wake_weft)
        .timed("boost.fiber", wake_boost_fiber)
        .timed("asio.callback", [](std::uint64_t operations) { return asio_ping_pong().run(operations); })
        .timed("std.thread", wake_thread);
}

} // namespace weft::bench
