// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/fiber_context.hpp>
#include <weft/context/generator.hpp>
#include <weft/context/guarded_stacks.hpp>

#include "fixtures.hpp"
#include "support/child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <exception>
#include <memory>
#include <string>
#include <utility>

using weft::fiber_context;
using weft::generator;
using weft::guarded_stacks;
using namespace weft::test;

BOOST_FIXTURE_TEST_SUITE(generator_unwinding, recorder)

BOOST_AUTO_TEST_CASE(F5_dropped_at_each_point)
{
    constexpr int points = 5;
    for (int resumptions = 0; resumptions <= points + 1; ++resumptions)
    {
        steps.clear();
        guarded_stacks stacks(small_stack);
        {
            generator<int> other(std::allocator_arg, stacks,
                                 [this, held = std::make_unique<witness>(*this, "captured")](auto& yield) {
                                     const witness first(*this, "first");
                                     yield(1);
                                     {
                                         const witness second(*this, "second");
                                         yield(2);
                                         yield(3);
                                     }
                                     try
                                     {
                                         throw expected_error("own");
                                     }
                                     catch (const expected_error&)
                                     {
                                         const witness third(*this, "third");
                                         yield(4);
                                     }
                                     yield(5);
                                 });
            for (int i = 0; i != resumptions; ++i)
            {
                other.resume();
            }
            note("drop");
        }
        const sequence expected[] = {{"drop", "~captured"},
                                     {"drop", "~first", "~captured"},
                                     {"drop", "~second", "~first", "~captured"},
                                     {"drop", "~second", "~first", "~captured"},
                                     {"~second", "drop", "~third", "~first", "~captured"},
                                     {"~second", "~third", "drop", "~first", "~captured"},
                                     {"~second", "~third", "~first", "~captured", "drop"}};
        BOOST_TEST((steps == expected[resumptions]), "after " << resumptions);
        BOOST_TEST(stacks.allocated() == 0U);
        BOOST_TEST((std::current_exception() == nullptr));
    }
}

BOOST_AUTO_TEST_CASE(F5_dropped_by_assignment_and_while_the_owner_unwinds)
{
    const auto waiting = [this](const std::string& name) {
        generator<int> other([this, name](auto& yield) {
            const witness local(*this, name);
            note("in flight: " + std::to_string(std::uncaught_exceptions()));
            yield(1);
        });
        other.resume();
        return other;
    };
    auto first = waiting("first");
    first = generator<int>();
    BOOST_CHECK_THROW(
        {
            const auto second = waiting("second");
            throw expected_error("the owner's");
        },
        expected_error);
    BOOST_TEST(std::uncaught_exceptions() == 0);
    BOOST_TEST((steps == sequence{"in flight: 0", "~first", "in flight: 0", "~second"}));
}

BOOST_AUTO_TEST_CASE(F5_takes_those_along_that_it_holds)
{
    {
        generator<int> outer([this](auto& yield) {
            const witness local(*this, "outer");
            generator<int> inner([this](auto& inner_yield) {
                const witness inner_local(*this, "inner");
                inner_yield(1);
            });
            yield(*inner.resume());
        });
        outer.resume();
    }
    BOOST_TEST((steps == sequence{"~inner", "~outer"}));
}

BOOST_AUTO_TEST_CASE(is_no_std_exception_and_may_be_rethrown)
{
    {
        generator<int> other([this](auto& yield) {
            try
            {
                yield(1);
            }
            catch (const std::exception&)
            {
                note("a std::exception");
            }
            catch (...)
            {
                note("something else");
                throw;
            }
        });
        other.resume();
    }
    BOOST_TEST((steps == sequence{"something else"}));
}

// The yielder may be passed down: the whole chain waits, and is unwound, as one.
BOOST_AUTO_TEST_CASE(of_one_whose_yielder_is_used_on_another_stack)
{
    for (const int resumptions : {1, 2, 3, 4})
    {
        steps.clear();
        {
            generator<int> outer([this](auto& yield) {
                const witness local(*this, "outer");
                generator<void> inner([this, &yield](auto&) {
                    const witness inner_local(*this, "inner");
                    yield(1);
                    yield(2);
                });
                inner.resume();
                fiber_context context([this, &yield](fiber_context&& caller) {
                    const witness context_local(*this, "context");
                    yield(3);
                    return std::move(caller);
                });
                context = std::move(context).resume();
            });
            for (int i = 0; i != resumptions; ++i)
            {
                outer.resume();
            }
            note("drop");
        }
        const sequence expected[] = {{"drop", "~inner", "~outer"},
                                     {"drop", "~inner", "~outer"},
                                     {"~inner", "drop", "~context", "~outer"},
                                     {"~inner", "~context", "~outer", "drop"}};
        BOOST_TEST((steps == expected[resumptions - 1]), "after " << resumptions);
    }
}

BOOST_AUTO_TEST_CASE(of_a_context_that_waits_inside_a_body)
{
    {
        fiber_context context([this](fiber_context&& caller) {
            const witness local(*this, "context");
            generator<int> inside([this, &caller](auto& yield) {
                const witness inner(*this, "body");
                caller = std::move(caller).resume();
                yield(1);
            });
            note(std::to_string(inside.resume().value()));
            caller = std::move(caller).resume();
            return std::move(caller);
        });
        context = std::move(context).resume();
    }
    BOOST_TEST((steps == sequence{"~body", "~context"}));
}

BOOST_AUTO_TEST_CASE(misuse_terminates)
{
    const auto swallowing = run_in_child([] {
        generator<int> other([](auto& yield) {
            try
            {
                yield(1);
            }
            catch (...) // NOLINT(bugprone-empty-catch): the mistake
            {
            }
        });
        other.resume();
    });
    BOOST_TEST(swallowing.killed_by(SIGABRT), swallowing.errors);
    BOOST_TEST(swallowing.errors.find("did not rethrow") != std::string::npos, swallowing.errors);

    const auto no_exception_allowed = run_in_child([] {
        generator<int> other([](auto& yield) noexcept { yield(1); });
        other.resume();
    });
    BOOST_TEST(no_exception_allowed.killed_by(SIGABRT), no_exception_allowed.errors);

    const auto yielding = run_in_child([] {
        generator<int> other([](auto& yield) {
            try
            {
                yield(1);
            }
            catch (...)
            {
                yield(2);
                throw;
            }
        });
        other.resume();
    });
    BOOST_TEST(yielding.killed_by(SIGABRT), yielding.errors);
    BOOST_TEST(yielding.errors.find("while it was being unwound") != std::string::npos, yielding.errors);

    const auto dropping_itself = run_in_child([] {
        generator<int> other;
        other = generator<int>([&other](auto& yield) {
            other = generator<int>();
            yield(1);
        });
        other.resume();
    });
    BOOST_TEST(dropping_itself.killed_by(SIGABRT), dropping_itself.errors);
    BOOST_TEST(dropping_itself.errors.find("while its body was running") != std::string::npos, dropping_itself.errors);
}

BOOST_AUTO_TEST_SUITE_END()
