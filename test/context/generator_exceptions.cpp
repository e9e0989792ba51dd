// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/generator.hpp>
#include <weft/context/guarded_stacks.hpp>

#include "fixtures.hpp"

#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <string>

using weft::generator;
using weft::guarded_stacks;
using namespace weft::test;

BOOST_FIXTURE_TEST_SUITE(generator_exceptions, recorder)

BOOST_AUTO_TEST_CASE(F4_what_leaves_the_body_comes_out_of_resume_and_the_generator_is_dead)
{
    generator<int> fails([this](auto& yield) {
        const witness local(*this, "local");
        yield(1);
        throw expected_error("from the body");
    });
    BOOST_TEST(*fails.resume() == 1);
    try
    {
        fails.resume();
    }
    catch (const expected_error& error)
    {
        note(error.what());
    }
    BOOST_TEST((std::current_exception() == nullptr));
    BOOST_TEST(fails.done());
    BOOST_TEST((fails.resume() == std::nullopt));
    BOOST_TEST((steps == sequence{"~local", "from the body"}));
}

BOOST_AUTO_TEST_CASE(F4_also_before_the_first_value)
{
    guarded_stacks stacks(small_stack);
    generator<int, int> fails(
        std::allocator_arg, stacks,
        [held = std::make_unique<witness>(*this, "captured")](auto&, int) { throw expected_error("at once"); });
    BOOST_CHECK_THROW(fails.resume(1), expected_error);
    BOOST_TEST(fails.done());
    BOOST_TEST((steps == sequence{"~captured"}));
    fails.release_stack();
    BOOST_TEST(stacks.allocated() == 0U);
}

BOOST_AUTO_TEST_CASE(F4_out_of_begin_and_of_increment)
{
    const auto failing_after = [](int values) {
        return generator<int>([values](auto& yield) {
            for (int i = 0; i != values; ++i)
            {
                yield(i);
            }
            throw expected_error("end");
        });
    };
    auto at_once = failing_after(0);
    BOOST_CHECK_THROW(at_once.begin(), expected_error);
    BOOST_TEST((at_once.begin() == at_once.end()));
    auto later = failing_after(1);
    auto position = later.begin();
    BOOST_TEST(*position == 0);
    BOOST_CHECK_THROW(++position, expected_error);
    BOOST_TEST((position == later.end()));
}

BOOST_AUTO_TEST_CASE(pass_from_the_innermost_of_nested_ones)
{
    generator<int> outer([this](auto& yield) {
        const witness local(*this, "outer");
        generator<int> inner([this](auto& inner_yield) {
            const witness inner_local(*this, "inner");
            inner_yield(1);
            throw expected_error("innermost");
        });
        for (;;)
        {
            yield(*inner.resume());
        }
    });
    BOOST_TEST(*outer.resume() == 1);
    BOOST_CHECK_EXCEPTION(outer.resume(), expected_error,
                          [](const expected_error& error) { return error.what() == std::string("innermost"); });
    BOOST_TEST((steps == sequence{"~inner", "~outer"}));
}

BOOST_AUTO_TEST_CASE(H1_yielding_in_a_catch_block_while_the_resumer_handles_its_own)
{
    generator<int> other([this](auto& yield) {
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
            catch (...)
            {
                yield(1);
                try
                {
                    throw;
                }
                catch (const expected_error& inner)
                {
                    note(inner.what());
                }
            }
            yield(2);
            note(outer.what());
        }
        note(std::current_exception() ? "keeps one" : "has none");
    });
    for (bool more = true; more;)
    {
        try
        {
            throw expected_error("resumer's");
        }
        catch (...)
        {
            more = other.resume().has_value();
            try
            {
                throw;
            }
            catch (const expected_error& error)
            {
                note(error.what());
            }
        }
        note(std::current_exception() ? "keeps one" : "has none");
    }
    BOOST_TEST((steps == sequence{"resumer's", "has none", "inner", "resumer's", "has none", "outer", "has none",
                                  "resumer's", "has none"}));
}

BOOST_AUTO_TEST_CASE(H1_yielding_in_a_destructor_during_unwinding)
{
    struct yields
    {
        ~yields()
        {
            yield(std::uncaught_exceptions());
            to.note("in flight: " + std::to_string(std::uncaught_exceptions()));
        }
        recorder& to;
        generator<int>::yielder& yield;
    };
    generator<int> other([this](auto& yield) {
        try
        {
            const yields local{*this, yield};
            throw expected_error("passing the local");
        }
        catch (const expected_error& error)
        {
            note(error.what());
        }
    });
    BOOST_TEST(*other.resume() == 1);
    BOOST_TEST(std::uncaught_exceptions() == 0);
    BOOST_CHECK_THROW(throw expected_error("the resumer's"), expected_error);
    BOOST_TEST(!other.resume());
    BOOST_TEST((steps == sequence{"in flight: 1", "passing the local"}));
}

BOOST_AUTO_TEST_SUITE_END()
