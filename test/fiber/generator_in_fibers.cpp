// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// Generators whose bodies run inside of fibers: what they may wait for, and who may go on with them.

#include <weft/context/generator.hpp>
#include <weft/fiber/fiber.hpp>
#include <weft/fiber/scheduler.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/fiber/waker.hpp>

#include "support/drivers.hpp"
#include "support/errors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace errc = boost::system::errc;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::generator;

BOOST_FIXTURE_TEST_SUITE(generator_in_fibers, virtual_time)

WEFT_DRIVEN_TEST_CASE(a_body_may_yield_to_other_fibers)
{
    drive(driver, clock, [this] {
        const auto count = [this](std::string name) {
            generator<int> numbers([this, &name](auto& yield) {
                for (int i = 1;; ++i)
                {
                    note(name + "(", i);
                    this_fiber::yield(); // the fiber's, with both stacks
                    yield(i);
                }
            });
            for (int i = 0; i != 3; ++i)
            {
                note(name, *numbers.resume()); // by the same fiber again
            }
        };
        fiber a(count, "a");
        fiber b(count, "b");
        a.join();
        b.join();
    });
    BOOST_TEST(line() == "a(1 b(1 a1 a(2 b1 b(2 a2 a(3 b2 b(3 a3 b3");
}

WEFT_DRIVEN_TEST_CASE(a_body_may_sleep_and_join)
{
    drive(driver, clock, [this] {
        generator<int> slow([this](auto& yield) {
            this_fiber::sleep_for(10ms);
            yield(1);
            fiber other([this] { note("other"); });
            other.join();
            yield(2);
        });
        fiber meanwhile([this] {
            this_fiber::sleep_for(5ms);
            note("meanwhile");
        });
        for (const int each : slow)
        {
            note("value", each);
        }
        meanwhile.join();
    });
    BOOST_TEST(line() == "meanwhile value1 other value2");
}

WEFT_DRIVEN_TEST_CASE(one_fiber_after_the_other_may_resume)
{
    drive(driver, clock, [this] {
        generator<int> numbers([](auto& yield) {
            for (int i = 1;; ++i)
            {
                this_fiber::yield(); // whichever fiber it is
                yield(i);
            }
        });
        for (const char* const name : {"a", "b", "c"})
        {
            fiber next([this, &numbers, name] { note(name, *numbers.resume()); });
            next.join();
        }
    });
    BOOST_TEST(line() == "a1 b2 c3");
}

BOOST_AUTO_TEST_CASE(nobody_else_may_resume_while_the_body_waits_for_the_fiber)
{
    run([this] {
        generator<int> numbers([](auto& yield) {
            this_fiber::sleep_for(1ms);
            yield(1);
        });
        fiber owner([this, &numbers] { note("owner", *numbers.resume()); });
        this_fiber::yield();
        try
        {
            numbers.resume();
        }
        catch (const boost::system::system_error& error)
        {
            note(error.code() == errc::device_or_resource_busy ? "busy" : "another");
        }
        owner.join();
    });
    BOOST_TEST(line() == "busy owner1");
}

BOOST_AUTO_TEST_CASE(cancellation_reaches_a_wait_in_the_body_and_leaves_through_resume)
{
    run([this] {
        fiber other([this] {
            generator<int> slow([this](auto& yield) {
                try
                {
                    this_fiber::sleep_for(1h);
                }
                catch (const boost::system::system_error&)
                {
                    note("body");
                    throw;
                }
                yield(1);
            });
            try
            {
                slow.resume();
            }
            catch (const boost::system::system_error& error)
            {
                note(error.code() == asio::error::operation_aborted ? "aborted" : "another");
            }
            note(slow.done() ? "done" : "not_done");
        });
        this_fiber::yield();
        other.cancel();
        other.join();
    });
    BOOST_TEST(line() == "body aborted done");
}

// The scheduler goes while a body waits: both stacks are unwound.
BOOST_AUTO_TEST_CASE(tear_down_unwinds_the_body_and_then_its_fiber)
{
    struct leaving
    {
        ~leaving()
        {
            to.note(name);
        }
        virtual_time& to;
        std::string name;
    };
    {
        asio::io_context io;
        weft::spawn(io, [this] {
            const leaving of_fiber{*this, "fiber"};
            generator<int> numbers([this](auto& yield) {
                const leaving of_body{*this, "body"};
                this_fiber::suspend([](weft::waker) {});
                yield(1);
            });
            numbers.resume();
        });
        io.poll();
        note("end");
    }
    BOOST_TEST(line() == "end body fiber");
}

// A fiber may come to another thread while its generator's body waits; the exceptions that are handled come along.
BOOST_AUTO_TEST_CASE(a_body_that_waits_may_go_on_on_another_thread)
{
    constexpr int fibers = 4;
    constexpr int rounds = 200;
    asio::io_context io;
    int right = 0;
    for (int f = 0; f != fibers; ++f)
    {
        weft::spawn(io, [&io, &right] {
            const auto leave_round = [&io] {
                this_fiber::suspend([&io](weft::waker mine) { asio::post(io, [mine] { mine(); }); });
            };
            generator<int> numbers([&leave_round](auto& yield) {
                for (int i = 0;; ++i)
                {
                    try
                    {
                        throw i;
                    }
                    catch (int)
                    {
                        leave_round();
                        yield(i);
                        leave_round();
                        try
                        {
                            throw;
                        }
                        catch (int own)
                        {
                            yield(own);
                        }
                    }
                }
            });
            for (int i = 0; i != rounds; ++i)
            {
                try
                {
                    throw std::to_string(i);
                }
                catch (const std::string& text)
                {
                    leave_round();
                    const bool both = *numbers.resume() == i && *numbers.resume() == i;
                    try
                    {
                        throw;
                    }
                    catch (const std::string& own)
                    {
                        right += both && own == text ? 1 : 0;
                    }
                }
            }
        });
    }
    std::vector<std::thread> threads;
    for (int t = 0; t != 3; ++t)
    {
        threads.emplace_back([&io] { io.run(); });
    }
    join_all(threads);
    BOOST_TEST(right == fibers * rounds);
}

BOOST_AUTO_TEST_SUITE_END()
