// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/detail/time.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/wait_queue.hpp>

#include "cases.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace weft::bench
{
namespace
{

namespace asio = boost::asio;

constexpr std::size_t pending_timers = 100'000;
constexpr std::chrono::seconds usual_limit(60);

// Around the usual limit, evenly.
std::chrono::nanoseconds limit_of_pending(std::size_t index)
{
    return usual_limit / 2 + index * std::chrono::nanoseconds(usual_limit) / pending_timers;
}

// What waits for the pending timers. A fiber for each would not fit into a process's number of mappings.
class nobody final : public detail::waiter
{
public:
    nobody() : waiter(true) {}
};

// A whole wait with a limit, but without a switch: it is notified once it can be, before the fiber has gone to sleep.
sample arm_and_cancel_weft(std::uint64_t operations)
{
    sample result{};
    run([&] {
        auto& timers = scheduler::current().core().timers;
        nobody who;
        std::deque<detail::timer_node> pending;
        const auto now = std::chrono::steady_clock::now();
        for (std::size_t i = 0; i < pending_timers; ++i)
        {
            timers.insert(pending.emplace_back(detail::timer_node{who, 0}), now + limit_of_pending(i));
        }

        wait_queue queue;
        result = time_loop(operations, [&] {
            queue.wait_unless([] { return false; },
                              {detail::wait_kind::interruptible, detail::deadline_after(usual_limit)},
                              [&] { queue.notify_one(); });
        });

        for (auto& each : pending)
        {
            timers.erase(each);
        }
    });
    return result;
}

// An operation with a limit that ends in time: the cancelled handler arms the next one.
class asio_timeouts
{
public:
    explicit asio_timeouts(std::uint64_t operations) : left_(operations)
    {
        for (std::size_t i = 0; i < pending_timers; ++i)
        {
            pending_.emplace_back(io_, limit_of_pending(i)).async_wait([](boost::system::error_code) {});
        }
    }

    sample run()
    {
        const auto operations = left_;
        const stopwatch watch;
        arm_and_cancel();
        io_.run();
        return {watch.elapsed(), operations};
    }

private:
    void arm_and_cancel()
    {
        timer_.expires_after(usual_limit);
        timer_.async_wait([this](boost::system::error_code) {
            if (--left_ != 0)
            {
                arm_and_cancel();
            }
            else
            {
                io_.stop();
            }
        });
        timer_.cancel();
    }

    asio::io_context io_{1};
    std::deque<asio::steady_timer> pending_;
    asio::steady_timer timer_{io_};
    std::uint64_t left_;
};

} // namespace

void add_timer_cases(registry& all)
{
    all.add("timer/arm_cancel", "ns")
        .timed("weft", arm_and_cancel_weft,
               "a whole wait_queue wait that is notified just before it would switch; the pending timers are bare "
               "entries of the scheduler's heap")
        .timed("asio.callback", [](std::uint64_t operations) { return asio_timeouts(operations).run(); })
        .at_most(0.25, "asio.callback");
}

} // namespace weft::bench
