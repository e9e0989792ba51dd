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
#include <optional>
#include <stdexcept>
#include <string>
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

} // namespace

BOOST_FIXTURE_TEST_SUITE(preemption, weft::test::virtual_time, *boost::unit_test::precondition(is_supported))

BOOST_AUTO_TEST_CASE(P2_a_calculation_and_a_server_share_a_thread)
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

BOOST_AUTO_TEST_CASE(several_calculations_take_turns)
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

BOOST_AUTO_TEST_CASE(the_state_of_the_thread_is_kept)
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
BOOST_AUTO_TEST_CASE(wide_registers_are_kept)
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

BOOST_AUTO_TEST_CASE(what_waits_is_refused_unless_blocked)
{
    weft::run([] {
        weft::mutex lock;
        weft::manual_reset_event enough;
        weft::fiber holder([&] {
            const std::lock_guard held(lock);
            enough.wait();
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
                enough.set();
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

BOOST_AUTO_TEST_CASE(a_blocker_keeps_the_turn_until_its_end)
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

BOOST_AUTO_TEST_CASE(exceptions_leave_a_region)
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

BOOST_AUTO_TEST_CASE(two_threads_drive_one_scheduler)
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
