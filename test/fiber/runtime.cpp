// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/run.hpp>
#include <weft/fiber/runtime.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/usable_cores.hpp>
#include <weft/fiber/waker.hpp>

#include "support/errors.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <sched.h>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// Cases of weft::runtime: what it runs, where, and how results and failures come back. `../../lib/fiber/threads.hpp` is
// declared here again, because it is no public header.
namespace weft::detail
{
std::optional<std::size_t> cpu_quota(const std::string& root);
}

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::runtime;

namespace
{

using sequence = std::vector<std::size_t>;

std::string name_of_this_thread()
{
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    return name.data();
}

/// Files as the kernel shows them, below a directory that goes with this.
class fake_root
{
public:
    fake_root()
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "weft-XXXXXX").string();
        BOOST_TEST_REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    fake_root(const fake_root&) = delete;
    fake_root& operator=(const fake_root&) = delete;
    ~fake_root()
    {
        std::filesystem::remove_all(path_);
    }
    fake_root& with(const std::string& file, const std::string& text)
    {
        std::filesystem::create_directories(std::filesystem::path(path_ + file).parent_path());
        std::ofstream(path_ + file) << text;
        return *this;
    }
    std::size_t quota() const
    {
        return weft::detail::cpu_quota(path_).value_or(0);
    }

private:
    std::string path_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(runtime_calls)

// P1: many fibers over a chosen number of threads.
BOOST_AUTO_TEST_CASE(P1_fibers_on_a_chosen_number_of_threads)
{
    constexpr std::size_t fibers = 1000;
    runtime workers{3};
    BOOST_TEST(workers.size() == 3U);
    std::mutex lock;
    std::set<std::thread::id> threads;
    std::size_t moved = 0;
    std::vector<std::size_t> on(workers.size());
    const auto result = workers.run([&] {
        std::vector<weft::fiber> all;
        for (std::size_t i = 0; i < fibers; ++i)
        {
            all.push_back(workers.make_fiber([&] {
                const auto before = std::this_thread::get_id();
                const auto worker = workers.this_worker();
                this_fiber::yield();
                this_fiber::sleep_for(1us);
                const std::lock_guard held(lock);
                moved += std::this_thread::get_id() != before ? 1 : 0;
                threads.insert(before);
                ++on[worker];
            }));
        }
        for (auto& one : all)
        {
            one.join();
        }
        return std::make_unique<int>(5);
    });
    BOOST_TEST(*result == 5);
    BOOST_TEST(threads.size() == 3U);
    BOOST_TEST(moved == 0U);
    BOOST_TEST(threads.count(std::this_thread::get_id()) == 0U);
    BOOST_TEST(on[0] + on[1] + on[2] == fibers);
    BOOST_TEST(*std::max_element(on.begin(), on.end()) - *std::min_element(on.begin(), on.end()) <= 1U);
    BOOST_TEST(workers.counters().spawned == fibers + 1);
    BOOST_TEST(workers.counters().ended == fibers + 1);
    BOOST_TEST(workers.counters().live == 0U);
    BOOST_TEST(workers.counters(1).rounds > 0U);
}

BOOST_AUTO_TEST_CASE(the_default_is_a_worker_for_each_usable_core)
{
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    BOOST_TEST_REQUIRE(::sched_getaffinity(0, sizeof(allowed), &allowed) == 0);
    BOOST_TEST(weft::usable_cores() >= 1U);
    BOOST_TEST(weft::usable_cores() <= static_cast<std::size_t>(CPU_COUNT(&allowed)));
    BOOST_TEST(runtime().size() == weft::usable_cores());
    BOOST_TEST(runtime(0).size() == weft::usable_cores());

    cpu_set_t first;
    CPU_ZERO(&first);
    int processor = 0;
    while (!CPU_ISSET(processor, &allowed))
    {
        ++processor;
    }
    CPU_SET(processor, &first);
    std::size_t on_one = 0;
    std::thread([&] {
        ::pthread_setaffinity_np(::pthread_self(), sizeof(first), &first);
        on_one = weft::usable_cores();
    }).join();
    BOOST_TEST(on_one == 1U);
}

BOOST_AUTO_TEST_CASE(quotas_of_control_groups)
{
    const std::string v2 = "30 25 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
    BOOST_TEST(fake_root().quota() == 0U);
    BOOST_TEST(fake_root()
                   .with("/proc/self/mountinfo", v2)
                   .with("/proc/self/cgroup", "0::/\n")
                   .with("/sys/fs/cgroup/cpu.max", "max 100000\n")
                   .quota() == 0U);
    BOOST_TEST(fake_root()
                   .with("/proc/self/mountinfo", v2)
                   .with("/proc/self/cgroup", "0::/a/b\n")
                   .with("/sys/fs/cgroup/a/b/cpu.max", "450000 100000\n")
                   .with("/sys/fs/cgroup/a/cpu.max", "150000 100000\n") // a part counts whole, the least of all counts
                   .quota() == 2U);
    BOOST_TEST(fake_root() // a container that sees its own part only
                   .with("/proc/self/mountinfo", "30 25 0:26 /box/7 /sys/fs/cgroup ro - cgroup2 none rw\n")
                   .with("/proc/self/cgroup", "0::/box/7/x\n")
                   .with("/sys/fs/cgroup/x/cpu.max", "50000 100000\n")
                   .quota() == 1U);
    BOOST_TEST(fake_root()
                   .with("/proc/self/mountinfo", "31 30 0:27 / /cg/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
                                                 "32 30 0:28 / /cg/cpuset rw - cgroup cgroup rw,cpuset\n")
                   .with("/proc/self/cgroup", "3:cpuset:/z\n2:cpu,cpuacct:/y\n")
                   .with("/cg/cpu,cpuacct/y/cpu.cfs_quota_us", "300000\n")
                   .with("/cg/cpu,cpuacct/y/cpu.cfs_period_us", "100000\n")
                   .with("/cg/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
                   .with("/cg/cpu,cpuacct/cpu.cfs_period_us", "100000\n")
                   .quota() == 3U);
    BOOST_TEST(fake_root().with("/proc/self/mountinfo", "nonsense\n - \n").with("/proc/self/cgroup", ":\n").quota() ==
               0U);
}

BOOST_AUTO_TEST_CASE(round_robin_goes_on_and_least_loaded_fills_up)
{
    for (const auto placement : {weft::placement::round_robin, weft::placement::least_loaded})
    {
        runtime workers({.workers = 3, .placement = placement});
        std::mutex lock;
        sequence on(3);
        const auto note = [&] {
            const std::lock_guard held(lock);
            ++on[workers.this_worker()];
        };
        workers.spawn_on(0, note); // nothing runs yet, so these are the load
        workers.spawn_on(0, note);
        workers.spawn_on(2, note);
        for (int i = 0; i < 3; ++i)
        {
            workers.spawn(note);
        }
        workers.join();
        BOOST_TEST((on == (placement == weft::placement::round_robin ? sequence{3, 1, 2} : sequence{2, 2, 2})));
    }
}

BOOST_AUTO_TEST_CASE(arguments_attributes_tokens_and_handles)
{
    runtime workers({.workers = 2, .name = "a name that is long"});
    workers.start();
    workers.start();
    std::string name;
    std::string thread;
    std::size_t on = 9;
    auto first = workers.make_fiber_on(
        1, {.name = "named"},
        [&](std::unique_ptr<int> number) {
            name = this_fiber::name();
            thread = name_of_this_thread();
            on = workers.this_worker() + static_cast<std::size_t>(*number);
        },
        std::make_unique<int>(10));
    first.join(); // a thread joins
    BOOST_TEST(name == "named");
    BOOST_TEST(thread == "a name that is ");
    BOOST_TEST(on == 11U);
    BOOST_TEST(workers.this_worker() == 2U);

    BOOST_TEST(workers.spawn([] { return 4; }, asio::use_future).get() == 4);
    BOOST_TEST(workers.spawn_on(1, {.name = "b"}, [&] { return workers.this_worker(); }, asio::use_future).get() == 1U);
    BOOST_CHECK_THROW(workers.spawn([]() -> int { throw std::out_of_range("mine"); }, asio::use_future).get(),
                      std::out_of_range);
    auto thrown = workers.make_fiber([] { throw std::domain_error("the joiner's"); });
    BOOST_CHECK_THROW(thrown.join(), std::domain_error);

    std::atomic<int> calls{0};
    workers.spawn([&](int a, int b) { calls += a + b; }, 1, 2);
    workers.spawn({.name = "x"}, [&] { calls += 10; });
    workers.spawn([&] { calls += 100; }, asio::detached);
    asio::post(workers.get_executor(0), [&] { calls += workers.this_worker() == 0 ? 1000 : 0; });
    weft::spawn(workers.scheduler(1), [&] { calls += workers.this_worker() == 1 ? 10'000 : 0; });
    workers.join(); // no failure: the others' went to those who asked
    BOOST_TEST(calls == 11'113);
}

BOOST_AUTO_TEST_CASE(fibers_of_different_workers_wake_and_join_each_other)
{
    constexpr int turns = 2000;
    runtime workers{2};
    std::array<weft::waker, 2> waiting; // each set by its fiber, before it gives the turn away
    std::atomic<int> passed{0};
    const auto take_turns = [&](std::size_t self) {
        for (int i = 0; i < turns; ++i)
        {
            this_fiber::suspend([&](weft::waker mine) {
                waiting[self] = mine;
                if (++passed > 1)
                {
                    waiting[1 - self]();
                }
            });
        }
        waiting[1 - self]();
    };
    workers.run([&] {
        auto first = workers.make_fiber_on(0, take_turns, 0U);
        auto second = workers.make_fiber_on(1, take_turns, 1U);
        first.join();
        second.join();
    });
    BOOST_TEST(passed == 2 * turns);
}

BOOST_AUTO_TEST_CASE(failures_of_those_that_nobody_joins)
{
    runtime workers{2};
    std::atomic<int> others{0};
    workers.spawn_on(0, [] { throw std::runtime_error("first"); });
    workers.start();
    while (workers.counters(0).failed == 0)
    {
        std::this_thread::yield();
    }
    workers.spawn_on(1, [] { throw 5; });
    asio::post(workers.get_executor(1), [] { throw std::runtime_error("of a handler"); });
    for (int i = 0; i < 100; ++i)
    {
        workers.spawn([&] { ++others; });
    }
    for (int i = 0; i < 2; ++i) // in each call again
    {
        BOOST_CHECK_EXCEPTION(workers.join(), std::runtime_error,
                              [](const std::runtime_error& error) { return error.what() == std::string("first"); });
    }
    BOOST_TEST(others == 100);
    BOOST_TEST(workers.counters().failed == 3U);
    BOOST_TEST(workers.counters(1).failed == 2U);
}

BOOST_AUTO_TEST_CASE(what_the_function_of_run_throws_comes_first)
{
    runtime workers{2};
    bool was_canceled = false;
    BOOST_CHECK_THROW(workers.run([&] {
        workers.spawn_on(0, [] { throw 5; });
        workers.spawn_on(1, [&] { was_canceled = error_of([] { this_fiber::sleep_for(1h); }) == aborted; });
        this_fiber::sleep_for(1us);
        throw std::domain_error("mine");
    }),
                      std::domain_error);
    BOOST_TEST(was_canceled);
}

BOOST_AUTO_TEST_CASE(bad_input)
{
    runtime workers{2};
    BOOST_TEST((error_of([&] { workers.spawn_on(2, [] {}); }) == errc::invalid_argument));
    BOOST_TEST((error_of([&] { workers.make_fiber_on(2, [] {}); }) == errc::invalid_argument));
    BOOST_TEST((error_of([&] { workers.get_executor(2); }) == errc::invalid_argument));
    BOOST_TEST((error_of([&] { workers.scheduler(7); }) == errc::invalid_argument));
    BOOST_TEST((error_of([&] { workers.spawn({.stack_size = 1}, [] {}); }) == errc::invalid_argument));
    BOOST_TEST((error_of([] { runtime({.workers = 1, .stacks = {.stack_size = 1}}); }) == errc::invalid_argument));
    boost::system::error_code inside;
    boost::system::error_code again;
    workers.run([&] {
        inside = error_of([&] { workers.join(); });
        again = error_of([&] { workers.run([] {}); });
    });
    BOOST_TEST((inside == errc::resource_deadlock_would_occur));
    BOOST_TEST((again == errc::resource_deadlock_would_occur));
    BOOST_TEST((error_of([&] { workers.spawn([] {}); }) == aborted));
    BOOST_TEST((error_of([&] { workers.make_fiber([] {}); }) == aborted));
    BOOST_TEST((error_of([&] { workers.spawn([] {}, asio::use_future); }) == aborted));
    BOOST_TEST((error_of([&] { workers.start(); }) == aborted));
    BOOST_TEST((error_of([&] { workers.run([] {}); }) == aborted));
    workers.join(); // nothing is left to wait for
    BOOST_TEST(workers.counters().spawned == workers.counters().ended);
}

BOOST_AUTO_TEST_CASE(pinned_and_more_than_there_are_cores)
{
    const auto many = 4 * weft::usable_cores();
    runtime workers({.workers = many, .pin = true});
    std::atomic<std::size_t> alone{0};
    for (std::size_t i = 0; i < many; ++i)
    {
        workers.spawn_on(i, [&] {
            cpu_set_t allowed;
            CPU_ZERO(&allowed);
            ::sched_getaffinity(0, sizeof(allowed), &allowed);
            alone += CPU_COUNT(&allowed) == 1 ? 1U : 0U;
        });
    }
    workers.join();
    BOOST_TEST(alone == many);
}

BOOST_AUTO_TEST_SUITE_END()
