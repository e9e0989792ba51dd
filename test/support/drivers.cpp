// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "support/drivers.hpp"

#include <weft/fiber/run.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <optional>
#include <thread>

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

} // namespace

void by_run::drive(const std::function<void()>& first, const std::function<void()>& last)
{
    weft::run(first);
    last();
}

void by_io_run::drive(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::io_context io;
    spawn(io, first);
    io.run();
    check_idle(io);
    last();
}

void by_run_one::drive(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::io_context io;
    spawn(io, first);
    while (io.run_one() != 0)
    {
    }
    check_idle(io);
    last();
}

void by_poll::drive(const std::function<void()>& first, const std::function<void()>& last)
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

void by_solo::drive(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::io_context io;
    spawn(solo(io), first);
    io.run();
    check_idle(io);
    last();
}

void by_three_threads::drive(const std::function<void()>& first, const std::function<void()>& last)
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

void by_strand_on_pool::drive(const std::function<void()>& first, const std::function<void()>& last)
{
    boost::asio::thread_pool pool(3);
    spawn(boost::asio::make_strand(pool), first);
    pool.join();
    last();
}

void detail::drive(drive_function& driver, manual_clock& clock, const std::function<void()>& body)
{
    std::optional<scheduler> used;
    std::exception_ptr error;
    driver(
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
