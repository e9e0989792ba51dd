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
#include <utility>

using weft::fiber_context;
using weft::guarded_stacks;
using namespace weft::test;

BOOST_FIXTURE_TEST_SUITE(fiber_context_unwinding, recorder)

BOOST_AUTO_TEST_CASE(dropping_a_suspended_one_runs_its_destructors_in_order)
{
    guarded_stacks stacks(small_stack);
    {
        fiber_context other(std::allocator_arg, stacks,
                            [this, held = std::make_unique<witness>(*this, "captured")](fiber_context&& caller) {
                                const witness first(*this, "first");
                                const witness second(*this, "second");
                                caller = resume(std::move(caller));
                                note("never");
                                return std::move(caller);
                            });
        other = resume(std::move(other));
        note("drop");
        other = fiber_context();
        note("dropped");
        BOOST_TEST(stacks.allocated() == 0U);
    }
    BOOST_TEST((steps == sequence{"drop", "~second", "~first", "~captured", "dropped"}));
}

BOOST_AUTO_TEST_CASE(dropping_one_that_has_not_started_runs_nothing)
{
    guarded_stacks stacks(small_stack);
    {
        const fiber_context other(std::allocator_arg, stacks,
                                  [this, held = std::make_unique<witness>(*this, "captured")](fiber_context&& caller) {
                                      note("never");
                                      return std::move(caller);
                                  });
        BOOST_TEST(stacks.allocated() == 1U);
    }
    BOOST_TEST(stacks.allocated() == 0U);
    BOOST_TEST((steps == sequence{"~captured"}));
}

BOOST_AUTO_TEST_CASE(unwinding_is_no_std_exception_and_may_be_rethrown)
{
    {
        fiber_context other([this](fiber_context&& caller) {
            try
            {
                caller = resume(std::move(caller));
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
            return std::move(caller);
        });
        other = resume(std::move(other));
    }
    BOOST_TEST((steps == sequence{"something else"}));
}

BOOST_AUTO_TEST_CASE(a_stack_takes_those_that_it_holds_along)
{
    {
        fiber_context outer([this](fiber_context&& caller) {
            const witness local(*this, "outer");
            fiber_context inner([this](fiber_context&& inner_caller) {
                const witness inner_local(*this, "inner");
                inner_caller = resume(std::move(inner_caller));
                return std::move(inner_caller);
            });
            inner = resume(std::move(inner));
            caller = resume(std::move(caller));
            return std::move(caller);
        });
        outer = resume(std::move(outer));
    }
    BOOST_TEST((steps == sequence{"~inner", "~outer"}));
}

BOOST_AUTO_TEST_CASE(while_the_dropping_side_is_unwinding_itself)
{
    BOOST_CHECK_THROW(
        {
            fiber_context other([this](fiber_context&& caller) {
                const witness local(*this, "local");
                note("in flight: " + std::to_string(std::uncaught_exceptions()));
                caller = resume(std::move(caller));
                return std::move(caller);
            });
            other = resume(std::move(other));
            throw expected_error("main's");
        },
        expected_error);
    BOOST_TEST(std::uncaught_exceptions() == 0);
    BOOST_TEST((steps == sequence{"in flight: 0", "~local"}));
}

BOOST_AUTO_TEST_CASE(while_suspended_in_a_catch_block)
{
    {
        fiber_context other([this](fiber_context&& caller) {
            try
            {
                throw expected_error("its own");
            }
            catch (const expected_error&)
            {
                const witness local(*this, "local");
                caller = resume(std::move(caller));
            }
            note("never");
            return std::move(caller);
        });
        other = resume(std::move(other));
    }
    BOOST_TEST((std::current_exception() == nullptr));
    BOOST_TEST((steps == sequence{"~local"}));
}

BOOST_AUTO_TEST_CASE(destructors_may_resume_others)
{
    fiber_context helper([this](fiber_context&& caller) {
        note("helper");
        caller = resume(std::move(caller));
        note("helper again");
        return std::move(caller);
    });
    struct resumes_other
    {
        ~resumes_other()
        {
            other = std::move(other).resume();
        }
        fiber_context& other;
    };
    {
        fiber_context unwound([&helper](fiber_context&& caller) {
            const resumes_other first{helper};
            const resumes_other second{helper};
            caller = resume(std::move(caller));
            return std::move(caller);
        });
        unwound = resume(std::move(unwound));
    }
    BOOST_TEST(helper.empty());
    BOOST_TEST((steps == sequence{"helper", "helper again"}));
}

BOOST_AUTO_TEST_CASE(what_the_entrys_argument_still_names_is_dropped_at_the_end)
{
    {
        fiber_context outer([this](fiber_context&& caller) {
            const witness local(*this, "outer");
            fiber_context back;
            fiber_context inner([&caller](fiber_context&&) { return std::move(caller); });
            back = resume(std::move(inner)); // comes back never: inner ends in main and drops its argument
            note("never");
            return back;
        });
        outer = resume(std::move(outer));
        BOOST_TEST(outer.empty());
        BOOST_TEST((steps == sequence{"~outer"}));
    }
    BOOST_TEST((steps == sequence{"~outer"}));
}

BOOST_AUTO_TEST_CASE(swallowing_it_terminates)
{
    const auto result = run_in_child([] {
        fiber_context other([](fiber_context&& caller) {
            try
            {
                caller = resume(std::move(caller));
            }
            catch (...) // NOLINT(bugprone-empty-catch): the mistake
            {
            }
            return std::move(caller);
        });
        other = resume(std::move(other));
        other = fiber_context();
    });
    BOOST_TEST(result.killed_by(SIGABRT), result.errors);
    BOOST_TEST(result.errors.find("did not rethrow") != std::string::npos, result.errors);
}

BOOST_AUTO_TEST_CASE(a_noexcept_frame_terminates)
{
    const auto result = run_in_child([] {
        fiber_context other([](fiber_context&& caller) noexcept {
            caller = resume(std::move(caller));
            return std::move(caller);
        });
        other = resume(std::move(other));
        other = fiber_context();
    });
    BOOST_TEST(result.killed_by(SIGABRT), result.errors);
}

BOOST_AUTO_TEST_CASE(the_stack_of_a_thread_cannot_be_dropped)
{
    const auto result = run_in_child([] {
        fiber_context other([](fiber_context&& caller) {
            caller = fiber_context();
            return std::move(caller);
        });
        static_cast<void>(std::move(other).resume());
    });
    BOOST_TEST(result.killed_by(SIGABRT), result.errors);
}

BOOST_AUTO_TEST_CASE(an_entry_that_returns_nobody_terminates)
{
    const auto result = run_in_child([] {
        fiber_context kept;
        fiber_context other([&kept](fiber_context&& caller) {
            kept = std::move(caller);
            return fiber_context();
        });
        static_cast<void>(std::move(other).resume());
    });
    BOOST_TEST(result.killed_by(SIGABRT), result.errors);
    BOOST_TEST(result.errors.find("returned an empty handle") != std::string::npos, result.errors);
}

BOOST_AUTO_TEST_SUITE_END()
