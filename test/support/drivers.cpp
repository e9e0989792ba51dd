// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/drivers.hpp"

#include <weft/fiber/run.hpp>
#include <weft/fiber/runtime.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <typeinfo>
#include <utility>

namespace weft::test
{

namespace
{

void check_idle(boost::asio::io_context& io)
{
    BOOST_TEST(io.stopped());
    io.restart();
    BOOST_TEST(io.poll() == 0U);
}

void by_run(const std::function<void()>& first, const std::function<void()>& last)
{
    weft::run(first);
    last();
}

void by_io_run(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::io_context io;
    spawn(io, first);
    io.run();
    check_idle(io);
    last();
}

void by_run_one(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::io_context io;
    spawn(io, first);
    while (io.run_one() != 0)
    {
    }
    check_idle(io);
    last();
}

void by_poll(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::io_context io;
    spawn(io, first);
    while (!io.stopped())
    {
        io.poll();
    }
    check_idle(io);
    last();
}

void by_solo(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::io_context io;
    spawn(solo(io), first);
    io.run();
    check_idle(io);
    last();
}

void by_three_threads(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::io_context io;
    spawn(io, first);
    std::thread second([&io] { io.run(); });
    std::thread third([&io] { io.run(); });
    io.run();
    second.join();
    third.join();
    check_idle(io);
    last();
}

void by_strand_on_pool(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::thread_pool pool(3);
    spawn(boost::asio::make_strand(pool), first);
    pool.join();
    last();
}

void by_stealing_runtime(const std::function<void()>& first, const std::function<void()>& last)
{
    runtime workers({.workers = 2, .exchange = work_exchange::stealing});
    workers.spawn_on(0, first);
    workers.join();
    last();
}

void by_runtime(const std::function<void()>& first, const std::function<void()>& last)
{
    runtime workers{2};
    workers.spawn_on(0, first);
    workers.join();
    last();
}

constexpr scheduler_driver drivers[] = {
    {"by_run", by_run, true},
    {"by_io_run", by_io_run, true},
    {"by_run_one", by_run_one, true},
    {"by_poll", by_poll, true},
    {"by_solo", by_solo, true},
    {"by_three_threads", by_three_threads, false},
    {"by_strand_on_pool", by_strand_on_pool, false},
    {"by_runtime", by_runtime, false},
    {"by_stealing_runtime", by_stealing_runtime, false},
};

} // namespace

driven_cases::driven_cases(const char* name, const char* file, std::size_t line, bool all_drivers,
                           std::initializer_list<body> bodies)
    : suite_(new boost::unit_test::test_suite(name, file, line)) // the tree of tests will own it
{
    for (const auto& one : bodies)
    {
        const auto kind = *one.kind == typeid(void) ? "" : in_brackets(*one.kind);
        for (const auto& driver : drivers)
        {
            if (all_drivers || driver.stays_on_own_thread)
            {
                const auto call = [=, function = one.run, &driver] {
                    enter_case(name, file, line);
                    function(driver);
                };
                suite_->add(boost::unit_test::make_test_case(call, driver.name + kind, file, line));
            }
        }
    }
}

boost::unit_test::test_unit* driven_cases::next() const
{
    return std::exchange(suite_, nullptr);
}

void drive(const scheduler_driver& driver, manual_clock& clock, const std::function<void()>& body)
{
    std::optional<scheduler> used;
    std::exception_ptr error;
    driver.function(
        [&clock, &body, &used, &error] {
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
        },
        [&used] {
            check_empty(*used);
            used.reset(); // before its executor
        });
    if (error)
    {
        std::rethrow_exception(error);
    }
}

} // namespace weft::test
