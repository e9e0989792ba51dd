// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/fiber_context.hpp>
#include <weft/context/guarded_stacks.hpp>

#include "fixtures.hpp"
#include "support/child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>

using weft::fiber_context;
using weft::guarded_stacks;
using namespace weft::test;

BOOST_FIXTURE_TEST_SUITE(fiber_context_exceptions, recorder)

BOOST_AUTO_TEST_CASE(leave_entry_through_the_resume_of_whoever_resumed_last)
{
    fiber_context other([](fiber_context&& caller) -> fiber_context {
        caller = resume(std::move(caller));
        throw expected_error("from entry");
    });
    other = resume(std::move(other));
    fiber_context helper([this, &other](fiber_context&& caller) {
        try
        {
            other = resume(std::move(other));
            note("nothing came");
        }
        catch (const expected_error& error)
        {
            note(std::string("helper caught ") + error.what());
        }
        return std::move(caller);
    });
    helper = resume(std::move(helper));
    BOOST_TEST(other.empty());
    BOOST_TEST((steps == sequence{"helper caught from entry"}));
}

BOOST_AUTO_TEST_CASE(leave_entry_before_any_switch)
{
    guarded_stacks stacks(small_stack);
    {
        fiber_context other(std::allocator_arg, stacks, [this](fiber_context&&) -> fiber_context {
            const witness local(*this, "local");
            throw expected_error("at once");
        });
        const auto start = [&other] { return std::move(other).resume(); };
        BOOST_CHECK_THROW(static_cast<void>(start()), expected_error);
    }
    BOOST_TEST(stacks.allocated() == 0U);
    BOOST_TEST(std::uncaught_exceptions() == 0);
    BOOST_TEST((steps == sequence{"~local"}));
}

BOOST_AUTO_TEST_CASE(of_a_function_given_to_resume_with)
{
    const auto throw_it = [](fiber_context&&) -> fiber_context { throw expected_error("on top"); };
    guarded_stacks stacks(small_stack);
    {
        // Not started: entry never runs, its captures are destroyed.
        fiber_context fresh(std::allocator_arg, stacks,
                            [this, held = std::make_unique<witness>(*this, "captured")](fiber_context&& caller) {
                                note("runs");
                                return std::move(caller);
                            });
        const auto start = [&fresh, &throw_it] { return std::move(fresh).resume_with(throw_it); };
        BOOST_CHECK_THROW(static_cast<void>(start()), expected_error);

        fiber_context main_handle;
        fiber_context suspended(std::allocator_arg, stacks, [this, &main_handle](fiber_context&& caller) {
            try
            {
                caller = resume(std::move(caller));
            }
            catch (const expected_error& error)
            {
                note(error.what());
            }
            return std::move(main_handle);
        });
        suspended = resume(std::move(suspended));
        suspended = std::move(suspended).resume_with([&main_handle](fiber_context&& caller) -> fiber_context {
            main_handle = std::move(caller);
            throw expected_error("into the wait");
        });
        BOOST_TEST(suspended.empty());
    }
    BOOST_TEST(stacks.allocated() == 0U);
    BOOST_TEST((steps == sequence{"~captured", "into the wait"}));
}

BOOST_AUTO_TEST_CASE(in_catch_belong_to_their_context)
{
    const auto catcher = [this](const std::string& name) {
        return [this, name](fiber_context&& caller) {
            try
            {
                throw expected_error(name);
            }
            catch (...)
            {
                caller = resume(std::move(caller)); // others throw and catch meanwhile
                try
                {
                    throw;
                }
                catch (const expected_error& error)
                {
                    note(name + " has " + error.what());
                }
            }
            note(name + (std::current_exception() ? " keeps one" : " has none"));
            return std::move(caller);
        };
    };
    fiber_context a(catcher("a"));
    fiber_context b(catcher("b"));
    try
    {
        throw expected_error("main");
    }
    catch (...)
    {
        a = resume(std::move(a));
        b = resume(std::move(b));
        a = resume(std::move(a));
        b = resume(std::move(b));
        try
        {
            throw;
        }
        catch (const expected_error& error)
        {
            note(std::string("main has ") + error.what());
        }
    }
    BOOST_TEST((std::current_exception() == nullptr));
    BOOST_TEST((steps == sequence{"a has a", "a has none", "b has b", "b has none", "main has main"}));
}

BOOST_AUTO_TEST_CASE(in_nested_catch_blocks)
{
    fiber_context other([this](fiber_context&& caller) {
        try
        {
            throw expected_error("outer");
        }
        catch (const expected_error& outer)
        {
            try
            {
                throw expected_error("inner");
            }
            catch (const expected_error& inner)
            {
                caller = resume(std::move(caller));
                note(inner.what());
            }
            caller = resume(std::move(caller));
            note(outer.what());
        }
        return std::move(caller);
    });
    while (other)
    {
        try
        {
            throw expected_error("main's");
        }
        catch (const expected_error&)
        {
            other = resume(std::move(other));
        }
    }
    BOOST_TEST((std::current_exception() == nullptr));
    BOOST_TEST((steps == sequence{"inner", "outer"}));
}

BOOST_AUTO_TEST_CASE(in_catch_follow_to_another_thread)
{
    fiber_context other([this](fiber_context&& caller) {
        try
        {
            throw expected_error("mine");
        }
        catch (...)
        {
            caller = resume(std::move(caller));
            try
            {
                throw;
            }
            catch (const expected_error& error)
            {
                note(error.what());
            }
        }
        return std::move(caller);
    });
    other = resume(std::move(other));
    std::thread([this, &other] {
        other = resume(std::move(other));
        note(std::current_exception() ? "left behind" : "clean");
    }).join();
    BOOST_TEST((std::current_exception() == nullptr));
    BOOST_TEST((steps == sequence{"mine", "clean"}));
}

BOOST_AUTO_TEST_CASE(in_flight_are_counted_by_context)
{
    struct switches_while_unwinding
    {
        ~switches_while_unwinding()
        {
            caller = std::move(caller).resume();
            to.note("in flight: " + std::to_string(std::uncaught_exceptions()));
        }
        recorder& to;
        fiber_context& caller;
    };
    fiber_context other([this](fiber_context&& caller) {
        try
        {
            const switches_while_unwinding local{*this, caller};
            throw expected_error("passing the local");
        }
        catch (const expected_error& error)
        {
            note(error.what());
        }
        return std::move(caller);
    });
    other = resume(std::move(other));
    BOOST_TEST(std::uncaught_exceptions() == 0);
    BOOST_CHECK_THROW(throw expected_error("main's"), expected_error);
    other = resume(std::move(other));
    BOOST_TEST(std::uncaught_exceptions() == 0);
    BOOST_TEST((steps == sequence{"in flight: 1", "passing the local"}));
}

BOOST_AUTO_TEST_CASE(that_name_nobody_to_go_to_terminate)
{
    const auto result = run_in_child([] {
        fiber_context kept;
        fiber_context other([&kept](fiber_context&& caller) -> fiber_context {
            kept = std::move(caller);
            throw expected_error("lost");
        });
        static_cast<void>(std::move(other).resume());
    });
    BOOST_TEST(result.killed_by(SIGABRT), result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
