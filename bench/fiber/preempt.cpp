// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/preemptible.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "cases.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace weft::bench
{
namespace
{

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto tick = 1ms;

/// Some 20 ms of arithmetic that no compiler can shorten.
double compute()
{
    double value = 1;
    for (int i = 0; i < 4'000'000; ++i)
    {
        value = value * 1.000'000'1 + 1e-9;
        asm volatile("" : "+m"(value));
    }
    return value;
}

double milliseconds(clock::time_point since)
{
    return std::chrono::duration<double, std::milli>(clock::now() - since).count();
}

/// Milliseconds of processor time.
double time_of_computing()
{
    const auto before = processor_time();
    compute();
    return std::chrono::duration<double, std::milli>(processor_time() - before).count();
}

double median(std::vector<double>& of)
{
    const auto middle = of.begin() + static_cast<std::ptrdiff_t>(of.size() / 2);
    std::nth_element(of.begin(), middle, of.end());
    return *middle;
}

/// Per cent that a calculation takes longer while an `Obstacle` exists; by turns without and with one.
template <class Obstacle>
double overhead(effort wanted)
{
    std::vector<double> without(wanted == effort::full ? 60 : 5);
    std::vector<double> with(without.size());
    run([&] {
        for (std::size_t i = 0; i < without.size(); ++i)
        {
            without[i] = time_of_computing();
            const Obstacle present(tick);
            with[i] = time_of_computing();
        }
    });
    return (median(with) / median(without) - 1) * 100;
}

/// A timer whose signal has nothing to do: what is left when weft does nothing.
class empty_signal
{
public:
    explicit empty_signal(std::chrono::nanoseconds period)
    {
        std::signal(SIGUSR1, [](int) {});
        sigevent wanted{};
        wanted.sigev_notify = SIGEV_THREAD_ID;
        wanted.sigev_signo = SIGUSR1;
        wanted._sigev_un._tid = static_cast<pid_t>(::syscall(SYS_gettid));
        ::timer_create(CLOCK_MONOTONIC, &wanted, &timer_);
        const timespec each{0, static_cast<long>(period.count())};
        const itimerspec times{each, each};
        ::timer_settime(timer_, 0, &times, nullptr);
    }
    empty_signal(const empty_signal&) = delete;
    empty_signal& operator=(const empty_signal&) = delete;
    ~empty_signal()
    {
        ::timer_delete(timer_);
    }

private:
    timer_t timer_{};
};

/// Microseconds that a fiber comes too late from its sleep beside a calculation, the median.
double latency(effort wanted)
{
    std::vector<double> late(wanted == effort::full ? 400 : 40);
    run([&] {
        std::atomic<bool> told = false;
        fiber calculation([&told] {
            const preemptible region(tick);
            while (!told.load(std::memory_order_relaxed))
            {
            }
        });
        for (auto& each : late)
        {
            const auto due = clock::now() + 3 * tick / 2;
            this_fiber::sleep_until(due);
            each = milliseconds(due) * 1000;
        }
        told = true;
        calculation.join();
    });
    return median(late);
}

} // namespace

void add_preempt_cases(registry& all)
{
    if (!preemptible::is_supported())
    {
        return;
    }
    all.add("preempt/overhead", "%")
        .measured("weft", overhead<preemptible>,
                  "processor time of a calculation inside of a region against outside, tick 1 ms")
        .measured("signal.alone", overhead<empty_signal>, "the same timer, whose handler does nothing")
        .at_most(1);
    all.add("preempt/latency", "us")
        .measured("weft", latency, "how late a sleeper runs beside a calculation, tick 1 ms")
        .at_most(1100);
}

} // namespace weft::bench
