// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Calculations that never wait, and fibers that run beside them on the same thread all the same. A loop here ends when
// somebody else has run; without preemption it never would.

#include <weft/weft.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using weft::preemptible;
using weft::preemption_blocker;
using weft::this_thread_preemptions;
namespace errc = weft::test::errc;
using weft::test::error_of;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

constexpr auto tick = 200us;

boost::test_tools::assertion_result is_supported(boost::unit_test::test_unit_id)
{
    return preemptible::is_supported();
}

boost::test_tools::assertion_result is_refused(boost::unit_test::test_unit_id)
{
    return !preemptible::is_supported();
}

/// Computes until it is told to stop, and says how often it has gone round.
std::uint64_t compute_until(const std::atomic<bool>& told)
{
    std::uint64_t turns = 0;
    while (!told.load(std::memory_order_relaxed))
    {
        ++turns;
    }
    return turns;
}

std::uint64_t fibonacci(unsigned n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

using lanes = double __attribute__((vector_size(64)));

/// Keeps a vector of numbers in registers for as long as that takes; returns how many went wrong.
#if defined(__x86_64__)
template <class Done>
__attribute__((target("avx512f"), noinline)) int keep_in_wide_registers(double number, Done done)
{
    lanes sum = lanes{} + number;
    while (!done())
    {
        for (int i = 0; i < 1000; ++i)
        {
            asm volatile("" : "+v"(sum));
        }
    }
    int wrong = 0;
    for (int i = 0; i < 8; ++i)
    {
        wrong += sum[i] == number ? 0 : 1;
    }
    return wrong;
}
#endif

/// Somebody's own use of the signal, from before the first region.
class earlier_handler
{
public:
    earlier_handler()
    {
        struct sigaction mine = {};
        mine.sa_handler = [](int) { ++calls; };
        ::sigaction(SIGURG, &mine, nullptr);
    }
    static inline std::atomic<int> calls{0};
};
const earlier_handler from_the_beginning;

} // namespace

BOOST_FIXTURE_TEST_SUITE(preemption, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(refused_where_it_cannot_be, *boost::unit_test::precondition(is_refused))
{
    weft::run([] {
        BOOST_TEST((error_of([] { const preemptible region; }) == errc::operation_not_supported));
        this_fiber::yield(); // all is as it was
    });
}

BOOST_AUTO_TEST_CASE(P2_a_calculation_and_a_server_share_a_thread, *boost::unit_test::precondition(is_supported))
{
    constexpr int requests = 30;
    std::atomic<bool> told = false;
    int served = 0;
    std::uint64_t turns = 0;
    std::uint64_t preemptions = 0;
    weft::tcp::endpoint where;
    std::optional<std::thread> client;
    weft::run([&] {
        weft::tcp::acceptor acceptor({asio::ip::address_v4::loopback(), 0});
        where = acceptor.local_endpoint();
        client.emplace([&where] {
            asio::io_context io;
            asio::ip::tcp::socket socket(io);
            socket.connect(where);
            std::array<char, 1> data{'?'};
            for (int i = 0; i < requests; ++i)
            {
                asio::write(socket, asio::buffer(data));
                asio::read(socket, asio::buffer(data));
            }
        });
        weft::fiber server([&] {
            auto peer = acceptor.accept();
            std::array<char, 1> data{};
            while (peer.read_some(asio::buffer(data)) != 0)
            {
                ++served;
                peer.write(asio::buffer(data));
            }
            told = true;
        });
        weft::fiber calculation([&] {
            const preemptible region(tick);
            turns = compute_until(told);
        });
        server.join();
        calculation.join();
        preemptions = this_thread_preemptions().preemptions;
    });
    client->join();
    BOOST_TEST(served == requests);
    BOOST_TEST(turns > 0U);
    BOOST_TEST(preemptions >= 2U);
}

BOOST_AUTO_TEST_CASE(several_calculations_take_turns, *boost::unit_test::precondition(is_supported))
{
    // Each waits for all the others to have begun, and then for a number of turns.
    weft::run([] {
        std::atomic<int> begun = 0;
        std::vector<weft::fiber> all;
        for (int i = 0; i < 4; ++i)
        {
            all.emplace_back([&begun] {
                const preemptible region(tick);
                ++begun;
                const auto enough = this_thread_preemptions().preemptions + 20;
                while (begun != 4 || this_thread_preemptions().preemptions < enough)
                {
                }
            });
        }
        weft::test::join_all(all);
        BOOST_TEST(begun == 4);
    });
}

BOOST_AUTO_TEST_CASE(the_state_of_the_thread_is_kept, *boost::unit_test::precondition(is_supported))
{
    // errno, rounding, an exception in flight: the other fiber has its own whenever it runs.
    weft::run([] {
        bool stop = false;
        int wrong = 0;
        weft::fiber calculation([&] {
            try
            {
                throw std::runtime_error("mine");
            }
            catch (const std::runtime_error&)
            {
                {
                    const preemptible region(tick);
                    errno = 7;
                    const auto enough = this_thread_preemptions().preemptions + 10;
                    while (this_thread_preemptions().preemptions < enough)
                    {
                        wrong += errno == 7 ? 0 : 1;
                    }
                }
                try
                {
                    throw;
                }
                catch (const std::runtime_error& own)
                {
                    wrong += own.what() == std::string("mine") ? 0 : 1;
                }
            }
            stop = true;
        });
        weft::fiber other([&] {
            while (!stop)
            {
                try
                {
                    errno = 8;
                    throw std::logic_error("another's");
                }
                catch (const std::logic_error&)
                {
                    this_fiber::yield();
                    wrong += errno == 8 ? 0 : 1;
                }
            }
        });
        calculation.join();
        other.join();
        BOOST_TEST(wrong == 0);
    });
}

#if defined(__x86_64__)
BOOST_AUTO_TEST_CASE(wide_registers_are_kept, *boost::unit_test::precondition(is_supported))
{
    if (!__builtin_cpu_supports("avx512f"))
    {
        BOOST_TEST_MESSAGE("this processor has no AVX-512");
        return;
    }
    weft::run([] {
        int wrong = 0;
        std::vector<weft::fiber> all;
        for (const double number : {1.5, 2.5, 3.5})
        {
            all.emplace_back([&wrong, number] {
                const preemptible region(tick);
                const auto enough = this_thread_preemptions().preemptions + 20;
                wrong +=
                    keep_in_wide_registers(number, [&] { return this_thread_preemptions().preemptions >= enough; });
            });
        }
        weft::test::join_all(all);
        BOOST_TEST(wrong == 0);
    });
}
#endif

BOOST_AUTO_TEST_CASE(what_waits_is_refused_unless_blocked, *boost::unit_test::precondition(is_supported))
{
    weft::run([] {
        weft::mutex lock;
        weft::fiber holder([&lock] {
            const std::lock_guard held(lock);
            this_fiber::yield();
            this_fiber::yield();
        });
        this_fiber::yield();
        const auto self = this_fiber::get_id();
        {
            const preemptible region(tick);
            const preemptible inner(tick); // does nothing
            BOOST_TEST(!this_fiber::is_fiber());
            BOOST_TEST((this_fiber::get_id() == self));
            BOOST_TEST((error_of([&] { lock.lock(); }) == errc::operation_not_permitted));
            {
                const preemption_blocker blocker;
                const preemption_blocker twice;
                BOOST_TEST(this_fiber::is_fiber());
                lock.lock(); // waits
                lock.unlock();
            }
            BOOST_TEST(!this_fiber::is_fiber());
            lock.lock(); // is free
            lock.unlock();
        }
        BOOST_TEST(this_fiber::is_fiber());
        holder.join();
    });
}

BOOST_AUTO_TEST_CASE(a_blocker_keeps_the_turn_until_its_end, *boost::unit_test::precondition(is_supported))
{
    weft::run([] {
        std::atomic<bool> others_ran = false;
        weft::fiber other([&] { others_ran = true; });
        const preemptible region(tick);
        {
            const preemption_blocker blocker;
            const auto enough = this_thread_preemptions().ticks + 5;
            while (this_thread_preemptions().ticks < enough)
            {
            }
            BOOST_TEST(!others_ran);
        }
        BOOST_TEST(others_ran);
        const preemption_blocker to_join;
        other.join();
    });
}

BOOST_AUTO_TEST_CASE(exceptions_leave_a_region, *boost::unit_test::precondition(is_supported))
{
    weft::run([] {
        for (int i = 0; i < 50; ++i)
        {
            BOOST_CHECK_THROW(
                {
                    const preemptible region(tick);
                    throw std::runtime_error("out of it");
                },
                std::runtime_error);
            BOOST_TEST(this_fiber::is_fiber());
        }
    });
}

BOOST_AUTO_TEST_CASE(a_signal_handler_is_not_interrupted, *boost::unit_test::precondition(is_supported))
{
    static std::uint64_t ended_in_handler = 0;
    struct sigaction before{};
    struct sigaction mine{};
    mine.sa_handler = [](int) {
        const auto at_first = this_thread_preemptions();
        while (this_thread_preemptions().ticks < at_first.ticks + 5)
        {
        }
        ended_in_handler = this_thread_preemptions().preemptions - at_first.preemptions;
    };
    ::sigaction(SIGUSR1, &mine, &before);
    weft::run([] {
        weft::fiber other([] {});
        const preemptible region(tick);
        ::raise(SIGUSR1);
        const preemption_blocker to_join;
        other.join();
    });
    ::sigaction(SIGUSR1, &before, nullptr);
    BOOST_TEST(ended_in_handler == 0U);
}

BOOST_AUTO_TEST_CASE(the_mask_is_the_threads, *boost::unit_test::precondition(is_supported))
{
    // One that another fiber has blocked meanwhile stays blocked.
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGUSR2);
    weft::run([&set] {
        std::atomic<bool> told = false;
        weft::fiber other([&] {
            ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
            told = true;
        });
        const preemptible region(tick);
        compute_until(told);
        const preemption_blocker to_join;
        other.join();
    });
    sigset_t now;
    ::pthread_sigmask(SIG_UNBLOCK, &set, &now);
    BOOST_TEST(::sigismember(&now, SIGUSR2) == 1);
}

BOOST_AUTO_TEST_CASE(signals_of_others_are_handed_on, *boost::unit_test::precondition(is_supported))
{
    // On a thread that knows nothing of it, and on this one, in a region and outside: whose signal it is gets it.
    std::atomic<bool> stop = false;
    std::thread foreign([&stop] { compute_until(stop); });
    const int before = earlier_handler::calls;
    weft::run([] {
        const preemptible region(tick);
        ::raise(SIGURG);
    });
    ::raise(SIGURG);
    ::pthread_kill(foreign.native_handle(), SIGURG);
    while (earlier_handler::calls != before + 3)
    {
        std::this_thread::yield();
    }
    stop = true;
    foreign.join();
    BOOST_TEST(earlier_handler::calls == before + 3);
}

BOOST_AUTO_TEST_CASE(bad_input, *boost::unit_test::precondition(is_supported))
{
    const preemptible outside_of_fibers(tick);
    weft::run([] {
        BOOST_TEST((error_of([] { const preemptible region(0ns); }) == errc::invalid_argument));
        BOOST_TEST((error_of([] { const preemptible region(-1ns); }) == errc::invalid_argument));
        weft::fiber small(weft::attributes{.stack_size = weft::minimum_stack_size()}, [] {
            BOOST_TEST((error_of([] { const preemptible region(tick); }) == errc::not_enough_memory));
            BOOST_TEST(this_fiber::is_fiber());
        });
        small.join();
        weft::fiber enough(weft::attributes{.stack_size = preemptible::stack_reserve() + 4096},
                           [] { const preemptible region(tick); });
        enough.join();
    });
}

BOOST_AUTO_TEST_CASE(timers_are_exhausted, *boost::unit_test::precondition(is_supported))
{
    rlimit before{};
    ::getrlimit(RLIMIT_SIGPENDING, &before);
    boost::system::error_code error;
    bool works_later = false;
    std::thread([&] {
        weft::run([&] {
            auto none = before;
            none.rlim_cur = 0;
            ::setrlimit(RLIMIT_SIGPENDING, &none);
            error = error_of([] { const preemptible region(tick); });
            ::setrlimit(RLIMIT_SIGPENDING, &before);
            std::atomic<bool> told = false;
            weft::fiber other([&told] { told = true; });
            {
                const preemptible region(tick);
                compute_until(told);
            }
            other.join();
            works_later = true;
        });
    }).join();
    BOOST_TEST((error == errc::resource_unavailable_try_again));
    BOOST_TEST(works_later);
}

BOOST_AUTO_TEST_CASE(two_threads_drive_one_scheduler, *boost::unit_test::precondition(is_supported))
{
    // The other thread may run the rounds, but not what was interrupted on this one.
    asio::io_context io;
    std::atomic<bool> told = false;
    std::atomic<int> strayed = 0;
    weft::spawn(io, [&] {
        const preemptible region(tick);
        const auto here = std::this_thread::get_id();
        while (!told)
        {
            strayed += std::this_thread::get_id() == here ? 0 : 1;
        }
    });
    weft::spawn(io, [&] {
        for (int i = 0; i < 100; ++i)
        {
            this_fiber::sleep_for(100us);
        }
        told = true;
    });
    std::thread other([&io] { io.run(); });
    io.run();
    other.join();
    BOOST_TEST(strayed == 0);
}

BOOST_AUTO_TEST_SUITE_END()

// P7: the four programs that come with the library of P1 to P7, each as a test of the same behaviour.
BOOST_FIXTURE_TEST_SUITE(preemptive_programs, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(P7_yield)
{
    run([this] {
        std::vector<weft::fiber> all;
        for (const char* name : {"a", "b", "c"})
        {
            all.emplace_back([this, name] {
                for (int i = 1; i <= 3; ++i)
                {
                    note(name, i);
                    this_fiber::yield();
                }
            });
        }
        weft::test::join_all(all);
    });
    BOOST_TEST(line() == "a1 b1 c1 a2 b2 c2 a3 b3 c3");
}

BOOST_AUTO_TEST_CASE(P7_preempted_calculation, *boost::unit_test::precondition(is_supported))
{
    // None of them yields; each goes on until all have begun and a turn has ended.
    weft::run([] {
        std::atomic<int> begun = 0;
        std::array<std::uint64_t, 3> results{};
        std::vector<weft::fiber> all;
        for (auto& result : results)
        {
            all.emplace_back([&begun, &result] {
                const preemptible region(tick);
                ++begun;
                do
                {
                    result = fibonacci(18);
                } while (begun != 3);
            });
        }
        weft::test::join_all(all);
        for (const auto result : results)
        {
            BOOST_TEST(result == 2584U);
        }
        BOOST_TEST(this_thread_preemptions().preemptions >= 2U);
    });
}

BOOST_AUTO_TEST_CASE(P7_mutex, *boost::unit_test::precondition(is_supported))
{
    // A counter that is not atomic, and turns that end while it is being changed.
    constexpr int additions = 2000;
    weft::run([] {
        weft::mutex lock;
        long counter = 0;
        std::vector<weft::fiber> all;
        for (int i = 0; i < 4; ++i)
        {
            all.emplace_back([&] {
                const preemptible region(tick);
                for (int n = 0; n < additions; ++n)
                {
                    const preemption_blocker to_lock;
                    const std::lock_guard held(lock);
                    const auto before = counter;
                    if (n % 100 == 0)
                    {
                        this_fiber::yield(); // with the lock held
                    }
                    counter = before + 1;
                }
            });
        }
        weft::test::join_all(all);
        BOOST_TEST(counter == 4 * additions);
    });
}

BOOST_AUTO_TEST_CASE(P7_condition, *boost::unit_test::precondition(is_supported))
{
    // Producers that compute what consumers wait for.
    constexpr int items = 50;
    weft::run([] {
        weft::mutex lock;
        weft::condition_variable changed;
        std::vector<std::uint64_t> stock;
        std::uint64_t taken = 0;
        const auto produce = [&] {
            const preemptible region(tick);
            for (int i = 0; i < items; ++i)
            {
                const auto item = fibonacci(15);
                const preemption_blocker to_hand_over;
                const std::lock_guard held(lock);
                stock.push_back(item);
                changed.notify_one();
            }
        };
        const auto consume = [&] {
            for (int i = 0; i < items; ++i)
            {
                std::unique_lock held(lock);
                changed.wait(held, [&] { return !stock.empty(); });
                taken += stock.back();
                stock.pop_back();
            }
        };
        weft::fiber consumers[] = {weft::fiber(consume), weft::fiber(consume)};
        weft::fiber producers[] = {weft::fiber(produce), weft::fiber(produce)};
        weft::test::join_all(producers);
        weft::test::join_all(consumers);
        BOOST_TEST(taken == 2U * items * 610U);
    });
}

BOOST_AUTO_TEST_SUITE_END()
