// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
using weft::attributes;
using weft::fiber;
using weft::launch;

static_assert(!std::is_copy_constructible_v<fiber>);
static_assert(!std::is_copy_assignable_v<fiber>);
static_assert(std::is_nothrow_default_constructible_v<fiber>);
static_assert(std::is_nothrow_move_constructible_v<fiber>);
static_assert(std::is_nothrow_move_assignable_v<fiber>);
static_assert(std::is_nothrow_swappable_v<fiber>);
static_assert(!std::is_convertible_v<void (*)(), fiber>);
static_assert(!std::is_constructible_v<fiber, int>);
static_assert(!std::is_constructible_v<fiber, void (*)(int)>);
static_assert(!std::is_constructible_v<fiber, void (*)(int&), int>, "arguments are passed as rvalues");

namespace
{

int last_seen = 0;

void see(int what)
{
    last_seen = what;
}

struct counting_copies
{
    explicit counting_copies(int& counter) : copies(&counter) {}
    counting_copies(const counting_copies& other) : copies(other.copies)
    {
        ++*copies;
    }
    counting_copies(counting_copies&&) noexcept = default;

    int* copies;
};

struct failing_copy
{
    failing_copy() = default;
    failing_copy(const failing_copy&)
    {
        throw std::runtime_error("cannot be copied");
    }
    void operator()() const {}
};

struct adder
{
    int sum = 0;
    void add(int more)
    {
        sum += more;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(fiber_creation, virtual_time)

// V1: the verbs of std::thread.
BOOST_AUTO_TEST_CASE(V1_each_form_of_the_constructor)
{
    run([this] {
        fiber empty;
        BOOST_TEST(!empty.joinable());
        fiber posted([this] { note("posted"); });
        fiber dispatched(launch::dispatch, [this] { note("dispatched"); });
        fiber named({.name = "a"}, [this] { note("named:" + std::string(weft::this_fiber::name())); });
        fiber all(
            launch::post, {.name = "b", .stack_size = 128 * 1024}, [this](int n, const std::string& s) { note(s, n); },
            7, "all");
        note("made");
        posted.join();
        dispatched.join();
        named.join();
        all.join();
    });
    BOOST_TEST(line() == "dispatched made posted named:a all7");
}

BOOST_AUTO_TEST_CASE(functions_and_members_are_callables_too)
{
    run([] {
        last_seen = 0;
        fiber(&see, 5).join();
        BOOST_TEST(last_seen == 5);
        adder one;
        fiber(&adder::add, &one, 3).join();
        fiber(&adder::add, std::ref(one), 4).join();
        BOOST_TEST(one.sum == 7);
    });
}

BOOST_AUTO_TEST_CASE(arguments_are_decayed_copies)
{
    run([] {
        std::string text = "before";
        char array[] = "array";
        std::string seen;
        fiber child([&seen](std::string own, const char* chars) { seen = own + ' ' + chars; }, text, array);
        text = "after";
        child.join();
        BOOST_TEST(seen == "before array");

        int number = 1;
        fiber([](int& which) { which = 2; }, std::ref(number)).join();
        BOOST_TEST(number == 2);
    });
}

BOOST_AUTO_TEST_CASE(move_only_functions_and_arguments)
{
    run([] {
        int seen = 0;
        auto held = std::make_unique<int>(3);
        fiber([&seen, held = std::move(held)](std::unique_ptr<int> given) { seen = *held + *given; },
              std::make_unique<int>(4))
            .join();
        BOOST_TEST(seen == 7);
    });
}

BOOST_AUTO_TEST_CASE(an_lvalue_is_copied_once_and_an_rvalue_never)
{
    run([] {
        int copies = 0;
        const counting_copies one(copies);
        fiber([](const counting_copies&) {}, one).join();
        BOOST_TEST(copies == 1);
        fiber([](const counting_copies&) {}, counting_copies(copies)).join();
        BOOST_TEST(copies == 1);
        fiber([inside = counting_copies(copies)] {}).join();
        BOOST_TEST(copies == 1);
    });
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_copy_leaves_the_constructor_and_no_fiber)
{
    run([] {
        const failing_copy one;
        for (const auto how : {launch::post, launch::dispatch, launch::deferred})
        {
            BOOST_CHECK_THROW(fiber(how, one), std::runtime_error);
            BOOST_CHECK_THROW(fiber(how, [](const failing_copy&) {}, one), std::runtime_error);
        }
        BOOST_TEST(weft::scheduler::current().counters().live == 1U);
    });
}

BOOST_AUTO_TEST_CASE(the_function_object_is_destroyed_when_the_fiber_ends)
{
    run([this] {
        fiber child([this, held = std::make_unique<witness>(*this, "held")]() mutable { note("body"); });
        weft::this_fiber::yield();
        note("joining");
        child.join();
    });
    BOOST_TEST(line() == "body ~held joining");
}

BOOST_AUTO_TEST_CASE(an_over_aligned_function_object)
{
    struct alignas(256) wide
    {
        std::uintptr_t* where;
        void operator()() const
        {
            *where = reinterpret_cast<std::uintptr_t>(this);
        }
    };
    run([] {
        for (const auto how : {launch::post, launch::dispatch})
        {
            std::uintptr_t where = 1;
            fiber(how, wide{&where}).join();
            BOOST_TEST(where % 256 == 0U);
        }
        fiber never(launch::deferred, wide{nullptr});
        never.join();
    });
}

BOOST_AUTO_TEST_CASE(a_function_object_larger_than_any_pool)
{
    run([] {
        std::array<unsigned char, 20'000> huge{};
        huge.front() = 1;
        huge.back() = 2;
        int seen = 0;
        fiber([huge, &seen] { seen = huge.front() + huge.back(); }).join();
        BOOST_TEST(seen == 3);
    });
}

BOOST_AUTO_TEST_CASE(only_a_fiber_can_make_one)
{
    for (const auto how : {launch::post, launch::dispatch, launch::deferred})
    {
        BOOST_TEST(error_of([how] { fiber(how, [] {}).join(); }) == errc::operation_not_permitted);
    }
    BOOST_TEST(error_of([] { fiber([] {}).join(); }) == errc::operation_not_permitted);
}

// V5: stack size per fiber, 0 is the default.
BOOST_AUTO_TEST_CASE(V5_stack_size_of_each_fiber)
{
    run([] {
        for (const std::size_t size : {std::size_t{0}, weft::minimum_stack_size(), std::size_t{1} << 20})
        {
            for (const auto how : {launch::post, launch::dispatch})
            {
                int runs = 0;
                fiber(how, {.stack_size = size}, [&runs] { ++runs; }).join();
                BOOST_TEST(runs == 1);
            }
        }
        // As much as was asked for can be used.
        int touched = 0;
        fiber({.stack_size = std::size_t{4} << 20}, [&touched] {
            std::array<volatile char, 3 << 20> large;
            for (std::size_t i = 0; i < large.size(); i += 4096)
            {
                large[large.size() - 1 - i] = 1;
                ++touched;
            }
        }).join();
        BOOST_TEST(touched == (3 << 20) / 4096);
    });
}

BOOST_AUTO_TEST_CASE(a_stack_that_is_too_small_or_impossible)
{
    run([] {
        for (const auto how : {launch::post, launch::dispatch, launch::deferred})
        {
            const auto make = [how](std::size_t size) {
                return error_of([how, size] { fiber(how, {.stack_size = size}, [] {}).join(); });
            };
            BOOST_TEST(make(1) == errc::invalid_argument);
            BOOST_TEST(make(weft::minimum_stack_size() - 1) == errc::invalid_argument);
        }
        for (const auto how : {launch::post, launch::dispatch})
        {
            BOOST_TEST(error_of([how] { fiber(how, {.stack_size = std::size_t{1} << 60}, [] {}).join(); }) ==
                       errc::not_enough_memory);
        }
        BOOST_TEST(weft::scheduler::current().counters().live == 1U);
        int runs = 0;
        fiber([&runs] { ++runs; }).join();
        BOOST_TEST(runs == 1);
    });
}

BOOST_AUTO_TEST_CASE(the_child_of_dispatch_runs_at_once_and_its_parent_follows_it)
{
    run([this] {
        fiber earlier([this] { note("earlier"); });
        fiber child(launch::dispatch, [this] {
            note("child1");
            weft::this_fiber::yield();
            note("child2");
        });
        note("parent");
        weft::this_fiber::yield();
        note("parent2");
        earlier.join();
        child.join();
    });
    // The parent stands at the front when the child yields; `earlier` was in the queue before the child was.
    BOOST_TEST(line() == "child1 parent earlier child2 parent2");
}

BOOST_AUTO_TEST_CASE(dispatch_nests_depth_first)
{
    run([this] {
        const std::function<void(int)> tree = [this, &tree](int depth) {
            note("in", depth);
            if (depth < 3)
            {
                fiber left(launch::dispatch, tree, depth + 1);
                fiber right(launch::dispatch, tree, depth + 1);
                left.join();
                right.join();
            }
            note("out", depth);
        };
        tree(1);
    });
    BOOST_TEST(line() == "in1 in2 in3 out3 in3 out3 out2 in2 in3 out3 in3 out3 out2 out1");
}

BOOST_AUTO_TEST_CASE(dispatch_beyond_the_budget_of_a_round)
{
    int runs = 0;
    run([&runs] {
        for (int i = 0; i < 2000; ++i)
        {
            const int before = runs;
            fiber child(launch::dispatch, [&runs] { ++runs; });
            BOOST_TEST(runs == before + 1);
            child.join();
        }
    });
    BOOST_TEST(runs == 2000);
}

// V5: create and start are separate.
BOOST_AUTO_TEST_CASE(V5_a_deferred_fiber_waits_for_start)
{
    run([this] {
        fiber child(launch::deferred, {.name = "late"}, [this](int n) { note("child", n); }, 1);
        BOOST_TEST(child.joinable());
        BOOST_TEST(child.name() == "late");
        BOOST_TEST((child.get_id() != fiber::id()));
        weft::this_fiber::sleep_for(1s);
        note("start");
        child.start();
        note("started");
        BOOST_TEST(error_of([&child] { child.start(); }) == errc::invalid_argument);
        child.join();
        BOOST_TEST(error_of([&child] { child.start(); }) == errc::invalid_argument);
        fiber running([] {});
        BOOST_TEST(error_of([&running] { running.start(); }) == errc::invalid_argument);
        running.join();
    });
    BOOST_TEST(line() == "start started child1");
}

BOOST_AUTO_TEST_SUITE_END()
