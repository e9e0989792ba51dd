// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H1: what the C++ runtime knows about exceptions in flight is kept per thread. A fiber that waits inside a catch block
// or a destructor must find its own again, whatever others have thrown and caught meanwhile.
//
// With take_thread_state() and put_thread_state() taken out of switch_execution(), all cases but the last fail or crash.

#include "io/support_io.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::test::run_fibers;
using weft::test::sequence;

namespace
{

struct tagged : std::runtime_error
{
    explicit tagged(const std::string& tag) : std::runtime_error(tag) {}
};

/// The tag of the exception that `throw;` finds.
std::string rethrown()
{
    try
    {
        throw;
    }
    catch (const tagged& found)
    {
        return found.what();
    }
}

/// Throws, and waits by `wait` in the catch block.
std::string wait_in_catch(const std::string& tag, const std::function<void()>& wait)
{
    try
    {
        throw tagged(tag);
    }
    catch (...)
    {
        wait();
        return rethrown();
    }
}

struct waits_at_the_end
{
    std::function<void()> wait;
    int& in_flight;

    ~waits_at_the_end()
    {
        wait();
        in_flight = std::uncaught_exceptions();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(exception_state)

BOOST_AUTO_TEST_CASE(in_a_catch_block)
{
    run_fibers([] {
        std::string a;
        std::string b;
        weft::fiber first([&] { a = wait_in_catch("a", [] { this_fiber::yield(); }); });
        weft::fiber second([&] { b = wait_in_catch("b", [] { this_fiber::yield(); }); });
        first.join();
        second.join();
        BOOST_TEST(a == "a");
        BOOST_TEST(b == "b");
        BOOST_TEST((std::current_exception() == nullptr));
    });
}

BOOST_AUTO_TEST_CASE(in_a_catch_block_by_every_kind_of_wait)
{
    weft::manual_clock clock;
    run_fibers(
        [] {
            weft::mutex lock;
            weft::manual_reset_event event;
            weft::fiber child([&] { event.wait(); });
            const std::vector<std::function<void()>> waits{
                [] { this_fiber::sleep_for(1s); },
                [&] { event.wait(); },
                [&] { lock.lock(); },
                [&] { child.join(); },
                [] { asio::post(weft::this_executor(), weft::use_fiber); },
                [] { weft::fiber(weft::launch::dispatch, [] {}).join(); },
            };
            lock.lock();
            std::vector<std::string> found(waits.size());
            std::vector<weft::fiber> fibers;
            for (std::size_t i = 0; i < waits.size(); ++i)
            {
                fibers.emplace_back([&, i] { found[i] = wait_in_catch("own " + std::to_string(i), waits[i]); });
            }
            BOOST_CHECK_THROW(throw tagged("main's"), tagged);
            this_fiber::sleep_for(2s);
            event.set();
            lock.unlock();
            for (std::size_t i = 0; i < waits.size(); ++i)
            {
                fibers[i].join();
                BOOST_TEST(found[i] == "own " + std::to_string(i));
            }
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(in_a_destructor_while_unwinding)
{
    run_fibers([] {
        int in_flight = -1;
        std::string caught;
        weft::fiber unwinding([&] {
            try
            {
                const waits_at_the_end local{[] { this_fiber::yield(); }, in_flight};
                throw tagged("through");
            }
            catch (const tagged& error)
            {
                caught = error.what();
            }
            BOOST_TEST(std::uncaught_exceptions() == 0);
        });
        this_fiber::yield(); // it waits in the destructor now
        BOOST_TEST(std::uncaught_exceptions() == 0);
        BOOST_CHECK_THROW(throw tagged("another"), tagged);
        unwinding.join();
        BOOST_TEST(in_flight == 1);
        BOOST_TEST(caught == "through");
    });
}

BOOST_AUTO_TEST_CASE(in_nested_handlers)
{
    run_fibers([] {
        sequence steps;
        const auto nest = [&steps](const std::string& name) {
            try
            {
                throw tagged(name + "1");
            }
            catch (...)
            {
                try
                {
                    this_fiber::yield();
                    throw tagged(name + "2");
                }
                catch (...)
                {
                    int in_flight = 0;
                    try
                    {
                        const waits_at_the_end local{[] { this_fiber::yield(); }, in_flight};
                        throw tagged(name + "3");
                    }
                    catch (...)
                    {
                        this_fiber::yield();
                        steps.push_back(rethrown());
                    }
                    this_fiber::yield();
                    steps.push_back(rethrown());
                }
                this_fiber::yield();
                steps.push_back(rethrown());
            }
        };
        weft::fiber a(nest, "a");
        weft::fiber b(nest, "b");
        a.join();
        b.join();
        BOOST_TEST((steps == sequence{"a3", "b3", "a2", "b2", "a1", "b1"}));
    });
}

BOOST_AUTO_TEST_CASE(that_is_kept_and_rethrown_elsewhere)
{
    run_fibers([] {
        std::exception_ptr kept;
        weft::fiber thrower([&] {
            try
            {
                throw tagged("handed over");
            }
            catch (...)
            {
                kept = std::current_exception();
                this_fiber::yield();
                BOOST_TEST(rethrown() == "handed over");
            }
        });
        this_fiber::yield();
        try
        {
            std::rethrow_exception(kept);
        }
        catch (...)
        {
            thrower.join();
            BOOST_TEST(rethrown() == "handed over");
        }
    });
}

BOOST_AUTO_TEST_CASE(of_a_new_fiber_is_empty)
{
    run_fibers([] {
        bool clean = false;
        const auto look = [&] { clean = std::current_exception() == nullptr && std::uncaught_exceptions() == 0; };
        try
        {
            throw tagged("parent's");
        }
        catch (...)
        {
            weft::fiber(weft::launch::dispatch, look).join();
            BOOST_TEST(clean);
            BOOST_TEST(rethrown() == "parent's");
        }
        // The stack of one that has ended in a catch block is used again.
        weft::fiber([] { wait_in_catch("former owner's", [] { this_fiber::yield(); }); }).join();
        clean = false;
        weft::fiber(look).join();
        BOOST_TEST(clean);
    });
}

BOOST_AUTO_TEST_CASE(of_the_thread_below_is_left_alone)
{
    std::string inside;
    try
    {
        throw tagged("the thread's");
    }
    catch (...)
    {
        weft::run([&] {
            inside = std::current_exception() == nullptr ? "none" : "the thread's";
            wait_in_catch("a fiber's", [] { this_fiber::yield(); });
        });
        BOOST_TEST(rethrown() == "the thread's");
    }
    BOOST_TEST(inside == "none");
    BOOST_TEST((std::current_exception() == nullptr));
}

BOOST_AUTO_TEST_CASE(moves_to_another_thread_with_the_round)
{
    asio::io_context io;
    weft::manual_reset_event event;
    std::string found;
    weft::spawn(io, [&] { found = wait_in_catch("mine", [&] { event.wait(); }); });
    io.poll();
    event.set();
    bool left_behind = true;
    std::thread([&] {
        weft::test::drain(io);
        left_behind = std::current_exception() != nullptr;
    }).join();
    BOOST_TEST(found == "mine");
    BOOST_TEST(!left_behind);
    BOOST_TEST((std::current_exception() == nullptr));
}

BOOST_AUTO_TEST_CASE(on_several_threads_of_one_io_context)
{
    constexpr int fibers = 16;
    constexpr int rounds = 100;
    asio::io_context io;
    std::atomic<int> wrong{0};
    const auto body = [&wrong](int number) {
        const auto own = std::to_string(number);
        for (int i = 0; i < rounds; ++i)
        {
            const auto found = wait_in_catch(
                own, [i] { i % 2 == 0 ? this_fiber::yield() : asio::post(weft::this_executor(), weft::use_fiber); });
            wrong += found != own ? 1 : 0;
        }
    };
    for (int i = 0; i < fibers; ++i)
    {
        // Half share a scheduler, whose rounds move between the threads; half run in parallel.
        if (i % 2 == 0)
        {
            weft::spawn(io, [&body, i] { body(i); });
        }
        else
        {
            weft::spawn(weft::solo(io), [&body, i] { body(i); });
        }
    }
    std::thread second([&] { io.run(); });
    std::thread third([&] { io.run(); });
    weft::test::drain(io);
    second.join();
    third.join();
    BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()
