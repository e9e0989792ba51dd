// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/fiber_context.hpp>
#include <weft/context/guarded_stacks.hpp>

#include "fixtures.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using weft::fiber_context;
using weft::guarded_stacks;
using namespace weft::test;

static_assert(!std::is_copy_constructible_v<fiber_context>);
static_assert(std::is_nothrow_move_constructible_v<fiber_context>);
static_assert(std::is_nothrow_move_assignable_v<fiber_context>);
static_assert(std::is_nothrow_swappable_v<fiber_context>);
static_assert(!std::is_convertible_v<fiber_context (*)(fiber_context&&), fiber_context>);
static_assert(!std::is_constructible_v<fiber_context, fiber_context&>);
static_assert(!std::is_constructible_v<fiber_context, int>);

namespace
{

/// Out of line and opaque: compilers take the thread for the same before and after a switch.
__attribute__((noinline)) std::thread::id current_thread()
{
    __asm__ volatile("" ::: "memory");
    return std::this_thread::get_id();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(fiber_context_order, recorder)

BOOST_AUTO_TEST_CASE(runs_from_resume_to_resume)
{
    fiber_context other([this](fiber_context&& caller) {
        note("other 1");
        caller = resume(std::move(caller));
        note("other 2");
        caller = resume(std::move(caller));
        note("other 3");
        return std::move(caller);
    });
    note("main 0");
    for (int i = 1; other; ++i)
    {
        other = resume(std::move(other));
        note("main " + std::to_string(i));
    }
    BOOST_TEST((steps == sequence{"main 0", "other 1", "main 1", "other 2", "main 2", "other 3", "main 3"}));
}

BOOST_AUTO_TEST_CASE(a_handle_is_consumed_by_resume)
{
    fiber_context other([](fiber_context&& caller) { return resume(std::move(caller)); });
    fiber_context next = std::move(other).resume();
    BOOST_TEST(other.empty()); // NOLINT(bugprone-use-after-move): that is the question
    BOOST_TEST(!next.empty());
    next = std::move(next).resume();
    BOOST_TEST(next.empty());
    BOOST_TEST(!next);
}

BOOST_AUTO_TEST_CASE(three_in_a_ring)
{
    // main -> a -> b -> c -> main, twice, with each handle in a place where the next one finds it.
    fiber_context to_a;
    fiber_context to_b;
    fiber_context to_c;
    fiber_context to_main;
    const auto member = [this](const char* name, fiber_context& predecessor, fiber_context& successor) {
        return [this, name, &predecessor, &successor](fiber_context&& caller) {
            predecessor = std::move(caller);
            note(name + std::string("1"));
            fiber_context now = std::move(successor).resume();
            predecessor = std::move(now);
            note(name + std::string("2"));
            return std::move(successor); // NOLINT(bugprone-use-after-move): refilled by the next one
        };
    };
    to_a = fiber_context(member("a", to_main, to_b));
    to_b = fiber_context(member("b", to_a, to_c));
    to_c = fiber_context(member("c", to_b, to_main));

    to_c = std::move(to_a).resume();
    note("main1");
    const fiber_context last = std::move(to_a).resume(); // NOLINT(bugprone-use-after-move): refilled by b
    note("main2");
    BOOST_TEST((steps == sequence{"a1", "b1", "c1", "main1", "a2", "b2", "c2", "main2"}));
    BOOST_TEST(last.empty());
}

BOOST_AUTO_TEST_CASE(ends_in_another_than_its_starter)
{
    fiber_context main_handle;
    fiber_context second([this, &main_handle](fiber_context&& nobody) {
        note(nobody.empty() ? "second: predecessor has ended" : "second: predecessor waits");
        return std::move(main_handle);
    });
    fiber_context first([this, &main_handle, &second](fiber_context&& caller) {
        main_handle = std::move(caller);
        note("first");
        return std::move(second); // has not started
    });
    const fiber_context last = std::move(first).resume();
    BOOST_TEST((steps == sequence{"first", "second: predecessor has ended"}));
    BOOST_TEST(last.empty());
}

BOOST_AUTO_TEST_CASE(nested_to_some_depth)
{
    struct level
    {
        recorder& to;
        int depth;
        fiber_context operator()(fiber_context&& caller) const
        {
            to.note("in " + std::to_string(depth));
            if (depth != 4)
            {
                fiber_context deeper(level{to, depth + 1});
                deeper = resume(std::move(deeper));
            }
            to.note("out " + std::to_string(depth));
            return std::move(caller);
        }
    };
    fiber_context outermost(level{*this, 1});
    outermost = resume(std::move(outermost));
    BOOST_TEST((steps == sequence{"in 1", "in 2", "in 3", "in 4", "out 4", "out 3", "out 2", "out 1"}));
}

BOOST_AUTO_TEST_CASE(moves_between_resumptions)
{
    fiber_context first([this](fiber_context&& caller) {
        for (const char* step : {"1", "2", "3"})
        {
            note(step);
            caller = resume(std::move(caller));
        }
        return std::move(caller);
    });
    first = resume(std::move(first));
    fiber_context second(std::move(first));
    second = resume(std::move(second));
    auto third = std::make_unique<fiber_context>();
    third->swap(second);
    BOOST_TEST(second.empty());
    *third = resume(std::move(*third));
    using std::swap;
    swap(*third, second);
    BOOST_TEST(third->empty());
    const fiber_context last = std::move(second).resume();
    BOOST_TEST(last.empty());
    BOOST_TEST((steps == sequence{"1", "2", "3"}));
}

BOOST_AUTO_TEST_CASE(goes_on_on_another_thread)
{
    fiber_context other([this](fiber_context&& caller) {
        const auto first_thread = current_thread();
        caller = resume(std::move(caller));
        note(first_thread == current_thread() ? "same thread" : "another thread");
        return std::move(caller);
    });
    other = resume(std::move(other));
    std::thread([&other] { other = resume(std::move(other)); }).join();
    BOOST_TEST(other.empty());
    BOOST_TEST((steps == sequence{"another thread"}));
}

BOOST_AUTO_TEST_CASE(resume_with_runs_on_the_resumed_stack)
{
    int marker = 0;
    const auto distance_to = [](const void* address) {
        const char here = 0;
        const auto distance = reinterpret_cast<std::intptr_t>(address) - reinterpret_cast<std::intptr_t>(&here);
        return distance < 0 ? -distance : distance;
    };
    const auto on_top = [&](const char* name) {
        return [this, name, &distance_to, &marker](fiber_context&& caller) {
            note(name + std::string(distance_to(&marker) > 100000 ? " elsewhere" : " here"));
            return std::move(caller);
        };
    };
    guarded_stacks stacks(small_stack); // mapped: far from any thread's stack
    fiber_context other(std::allocator_arg, stacks, [this](fiber_context&& caller) {
        note("started");
        caller = resume(std::move(caller));
        note("goes on");
        return std::move(caller);
    });
    other = std::move(other).resume_with(on_top("before the start:"));
    other = std::move(other).resume_with(on_top("before going on:"));
    BOOST_TEST(other.empty());
    BOOST_TEST((steps == sequence{"before the start: elsewhere", "started", "before going on: elsewhere", "goes on"}));
}

BOOST_AUTO_TEST_CASE(resume_with_chooses_the_handle_that_is_seen)
{
    fiber_context kept;
    fiber_context other([this, &kept](fiber_context&& caller) {
        note(caller.empty() ? "start: nobody" : "start: somebody");
        fiber_context second = std::move(kept).resume();
        note(second.empty() ? "then: nobody" : "then: somebody");
        return std::move(kept); // NOLINT(bugprone-use-after-move): refilled by `take`
    });
    const auto take = [&kept](fiber_context&& caller) {
        kept = std::move(caller);
        return fiber_context();
    };
    other = std::move(other).resume_with(take);
    other = std::move(other).resume_with(take);
    BOOST_TEST(other.empty());
    BOOST_TEST((steps == sequence{"start: nobody", "then: nobody"}));
}

BOOST_AUTO_TEST_CASE(the_function_of_resume_with_outlives_the_frame_that_passed_it)
{
    fiber_context starter;
    const auto text = std::make_shared<std::string>("still there");
    fiber_context other([](fiber_context&& caller) { return std::move(caller); });
    fiber_context helper([this, &other, &starter, text](fiber_context&& caller) {
        starter = std::move(caller);
        fiber_context back = std::move(other).resume_with([this, text, &starter](fiber_context&& resumer) {
            // `helper`, in whose frame this function was passed, is gone after the next line.
            fiber_context ended = std::move(resumer).resume_with([](fiber_context&& function_runner) {
                fiber_context runner = std::move(function_runner);
                return runner;
            });
            note(ended.empty() ? *text : "helper still waits");
            return std::move(starter);
        });
        return back;
    });
    helper = resume(std::move(helper));
    BOOST_TEST((steps == sequence{"still there"}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(fiber_context_values, recorder)

BOOST_AUTO_TEST_CASE(go_both_ways_with_the_handle)
{
    std::vector<int> received;
    fiber_context squares([](fiber_context&& caller) {
        while (caller.value() != nullptr)
        {
            int square = *static_cast<int*>(caller.value());
            square *= square;
            caller = std::move(caller).resume(&square);
        }
        return std::move(caller);
    });
    for (int i = 1; i <= 4; ++i)
    {
        squares = std::move(squares).resume(&i);
        received.push_back(*static_cast<int*>(squares.value()));
    }
    squares = std::move(squares).resume();
    BOOST_TEST(squares.empty());
    BOOST_TEST(squares.value() == nullptr);
    BOOST_TEST((received == std::vector<int>{1, 4, 9, 16}));
}

BOOST_AUTO_TEST_CASE(there_is_none_before_the_start_and_none_left_over)
{
    fiber_context other([this](fiber_context&& caller) {
        note(caller.value() != nullptr ? "value" : "none");
        caller = resume(std::move(caller));
        note(caller.value() != nullptr ? "value" : "none");
        return std::move(caller);
    });
    BOOST_TEST(other.value() == nullptr);
    int something = 0;
    other = std::move(other).resume(&something);
    BOOST_TEST(other.value() == nullptr);
    other = resume(std::move(other));
    BOOST_TEST((steps == sequence{"value", "none"}));
}

BOOST_AUTO_TEST_CASE(entry_may_be_move_only_and_is_destroyed_when_it_has_run)
{
    auto held = std::make_unique<witness>(*this, "captured");
    fiber_context other([this, held = std::move(held)](fiber_context&& caller) {
        note("runs with " + held->name);
        caller = resume(std::move(caller));
        note("ends");
        return std::move(caller);
    });
    other = resume(std::move(other));
    note("main");
    other = resume(std::move(other));
    note("main again");
    BOOST_TEST((steps == sequence{"runs with captured", "main", "ends", "~captured", "main again"}));
}

BOOST_AUTO_TEST_SUITE_END()
