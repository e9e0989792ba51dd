// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_DRIVERS_HPP
#define WEFT_TEST_SUPPORT_DRIVERS_HPP

#include <weft/fiber/run.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>

#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/mp11/algorithm.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

// Ways to drive a scheduler. The same case must give the same record with each of them. `start_and_drive(first)` starts
// `first` as a fiber and returns when nothing is left to do; `check_idle()` asserts that.
namespace weft::test
{

class by_run
{
public:
    template <class F>
    void start_and_drive(F first)
    {
        weft::run(std::move(first));
    }
    void check_idle() {}
};

namespace detail
{

/// An io_context of one's own.
class own_context
{
public:
    void check_idle()
    {
        BOOST_TEST(io.stopped());
        io.restart();
        BOOST_TEST(io.poll() == 0U);
    }

protected:
    boost::asio::io_context io;
};

} // namespace detail

struct by_io_run : detail::own_context
{
    template <class F>
    void start_and_drive(F first)
    {
        spawn(io, std::move(first));
        io.run();
    }
};

struct by_run_one : detail::own_context
{
    template <class F>
    void start_and_drive(F first)
    {
        spawn(io, std::move(first));
        while (io.run_one() != 0)
        {
        }
    }
};

struct by_poll : detail::own_context
{
    template <class F>
    void start_and_drive(F first)
    {
        spawn(io, std::move(first));
        while (!io.stopped())
        {
            io.poll();
        }
    }
};

struct by_solo : detail::own_context
{
    template <class F>
    void start_and_drive(F first)
    {
        spawn(solo(io), std::move(first));
        io.run();
    }
};

struct by_three_threads : detail::own_context
{
    template <class F>
    void start_and_drive(F first)
    {
        spawn(io, std::move(first));
        std::thread second([this] { io.run(); });
        std::thread third([this] { io.run(); });
        io.run();
        second.join();
        third.join();
    }
};

class by_strand_on_pool
{
public:
    template <class F>
    void start_and_drive(F first)
    {
        spawn(boost::asio::make_strand(pool_), std::move(first));
        pool_.join();
    }
    void check_idle() {}

private:
    boost::asio::thread_pool pool_{3};
};

/// All: cases must not assert inside of fibers, because these may run on another thread than the test's.
using all_drivers = std::tuple<by_run, by_io_run, by_run_one, by_poll, by_solo, by_three_threads, by_strand_on_pool>;

/// Those that stay on the test's own thread.
using own_thread_drivers = std::tuple<by_run, by_io_run, by_run_one, by_poll, by_solo>;

/// One kind of something with one way to drive: what a case template gets from `with_all_drivers`.
template <class Kind, class Driver>
struct driven
{
    using kind = Kind;
    using driver = Driver;
};
template <class Kinds>
using with_all_drivers = boost::mp11::mp_product<driven, Kinds, all_drivers>;

/// Runs `body` as the first fiber, in the virtual time of `clock`. What leaves it leaves this function. No fiber may be
/// left afterwards, and no work in the executor.
template <class Driver, class F>
void drive(manual_clock& clock, F body)
{
    Driver driver;
    std::optional<scheduler> used; // gone before its executor
    std::exception_ptr error;
    driver.start_and_drive([&clock, &body, &used, &error] {
        used = scheduler::current();
        used->use_clock(&clock);
        try
        {
            body();
        }
        catch (...)
        {
            error = std::current_exception();
        }
    });
    driver.check_idle();
    const auto counters = used->counters();
    BOOST_TEST(counters.live == 0U);
    BOOST_TEST(counters.ready == 0U);
    BOOST_TEST(counters.suspended == 0U);
    if (error)
    {
        std::rethrow_exception(error);
    }
}

} // namespace weft::test

#endif
