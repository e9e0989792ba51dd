// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/fiber_specific_ptr.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/drivers.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::fiber_specific_ptr;

namespace
{

int cleaned = 0;

void count_cleanup(int* /*value*/)
{
    ++cleaned;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(fiber_specific_ptr_values, virtual_time)

WEFT_DRIVEN_TEST_CASE(each_fiber_has_its_own)
{
    fiber_specific_ptr<int> value;
    drive(driver, clock, [this, &value] {
        std::vector<fiber> all;
        for (int i = 0; i < 4; ++i)
        {
            all.emplace_back([this, &value, i] {
                note(value.get() == nullptr ? "empty" : "?");
                value.reset(new int(i));
                this_fiber::yield();
                note("v", *value);
            });
        }
        join_all(all);
        note(value.get() == nullptr ? "empty" : "?");
    });
    BOOST_TEST(line() == "empty empty empty empty v0 v1 v2 v3 empty");
}

BOOST_AUTO_TEST_CASE(cleaned_up_on_the_fibers_own_stack_at_its_end)
{
    run([this] {
        fiber_specific_ptr<witness> value;
        fiber child([this, &value] {
            value.reset(new witness(*this, "value"));
            note("body");
        });
        child.join();
        note("joined");
    });
    BOOST_TEST(line() == "body ~value joined");
}

BOOST_AUTO_TEST_CASE(cleaned_up_when_the_fiber_ends_by_an_exception)
{
    run([this] {
        fiber_specific_ptr<witness> value;
        fiber child([this, &value] {
            value.reset(new witness(*this, "value"));
            throw 1;
        });
        BOOST_CHECK_THROW(child.join(), int);
    });
    BOOST_TEST(line() == "~value");
}

BOOST_AUTO_TEST_CASE(the_last_set_goes_first)
{
    fiber_specific_ptr<witness> one;
    fiber_specific_ptr<witness> two;
    run([&] {
        fiber([&] {
            one.reset(new witness(*this, "one"));
            two.reset(new witness(*this, "two"));
        }).join();
    });
    BOOST_TEST(line() == "~two ~one");
}

BOOST_AUTO_TEST_CASE(reset_and_release)
{
    run([this] {
        fiber_specific_ptr<witness> value;
        BOOST_TEST(value.release() == nullptr);
        value.reset();
        value.reset(new witness(*this, "a"));
        auto* const same = value.get();
        value.reset(same);
        BOOST_TEST(value.get() == same);
        value.reset(new witness(*this, "b"));
        note("reset");
        const std::unique_ptr<witness> released(value.release());
        BOOST_TEST(value.get() == nullptr);
        BOOST_TEST(value.release() == nullptr);
        note("released");
    });
    BOOST_TEST(line() == "~a reset released ~b");
}

BOOST_AUTO_TEST_CASE(access)
{
    run([] {
        fiber_specific_ptr<std::string> value;
        value.reset(new std::string("text"));
        BOOST_TEST(*value == "text");
        BOOST_TEST(value->size() == 4U);
    });
}

BOOST_AUTO_TEST_CASE(a_function_in_place_of_delete)
{
    cleaned = 0;
    int kept = 0;
    {
        fiber_specific_ptr<int> counted(&count_cleanup);
        fiber_specific_ptr<int> untouched(nullptr);
        run([&] {
            fiber([&] {
                counted.reset(&kept);
                untouched.reset(&kept);
            }).join();
            BOOST_TEST(cleaned == 1);
            counted.reset(&kept);
            counted.reset();
            BOOST_TEST(cleaned == 2);
        });
    }
    BOOST_TEST(cleaned == 2);
}

BOOST_AUTO_TEST_CASE(a_clean_up_may_set_values_again)
{
    struct resetting
    {
        virtual_time& where;
        fiber_specific_ptr<resetting>& pointer;
        int left;
        ~resetting()
        {
            where.note("~", left);
            if (left > 0)
            {
                pointer.reset(new resetting{where, pointer, left - 1});
            }
        }
    };
    fiber_specific_ptr<resetting> value;
    run([&] { fiber([&] { value.reset(new resetting{*this, value, 2}); }).join(); });
    BOOST_TEST(line() == "~2 ~1 ~0");
}

BOOST_AUTO_TEST_CASE(its_destructor_cleans_up_the_callers_value)
{
    run([this] {
        auto value = std::make_optional<fiber_specific_ptr<witness>>();
        value->reset(new witness(*this, "mine"));
        value.reset();
        note("destroyed");
    });
    BOOST_TEST(line() == "~mine destroyed");
}

BOOST_AUTO_TEST_CASE(its_destructor_does_not_touch_the_values_of_others)
{
    run([this] {
        auto value = std::make_unique<fiber_specific_ptr<witness>>(nullptr);
        witness of_child(*this, "childs");
        fiber child([&] {
            value->reset(&of_child);
            this_fiber::sleep_for(1ms);
            note("child_ends"); // and finds a value whose fiber_specific_ptr is gone
        });
        this_fiber::yield();
        value.reset();
        note("destroyed");
        child.join();
        note("joined");
    });
    BOOST_TEST(line() == "destroyed child_ends joined ~childs");
}

BOOST_AUTO_TEST_CASE(a_new_one_at_the_same_address_is_empty)
{
    run([] {
        int first = 1;
        int second = 2;
        std::optional<fiber_specific_ptr<int>> value(std::in_place, nullptr);
        fiber child([&] {
            value->reset(&first);
            this_fiber::sleep_for(1ms);
            BOOST_TEST(value->get() == nullptr);
            value->reset(&second);
            BOOST_TEST(value->get() == &second);
        });
        this_fiber::yield();
        value.emplace(nullptr);
        child.join();
    });
}

BOOST_AUTO_TEST_CASE(outside_of_fibers_each_thread_has_its_own)
{
    fiber_specific_ptr<witness> value;
    BOOST_TEST(value.get() == nullptr);
    value.reset(new witness(*this, "first"));
    std::thread other([&] {
        note(value.get() == nullptr ? "empty" : "?");
        value.reset(new witness(*this, "second"));
        note("thread_ends");
    });
    other.join();
    run([&] { note(value.get() == nullptr ? "empty" : "?"); });
    BOOST_TEST(value.get() != nullptr);
    value.reset();
    BOOST_TEST(line() == "empty thread_ends ~second empty ~first");
}

BOOST_AUTO_TEST_SUITE_END()
