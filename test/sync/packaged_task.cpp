// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/packaged_task.hpp>

#include "future_kinds.hpp"
#include "support/allocation_counter.hpp"
#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <future>
#include <memory>
#include <memory_resource>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::packaged_task;

static_assert(std::is_nothrow_move_constructible_v<packaged_task<int()>>);
static_assert(!std::is_copy_constructible_v<packaged_task<int()>>);
static_assert(!std::is_constructible_v<packaged_task<int()>, std::string (*)()>);

BOOST_FIXTURE_TEST_SUITE(packaged_tasks, virtual_time)

BOOST_AUTO_TEST_CASE(what_the_function_returns_goes_to_the_future)
{
    run([this] {
        packaged_task<std::unique_ptr<int>(int, std::unique_ptr<int>)> task(
            [](int a, std::unique_ptr<int> b) { return std::make_unique<int>(a + *b); });
        BOOST_TEST(task.valid());
        auto result = task.get_future();
        BOOST_TEST(fails_with(std::future_errc::future_already_retrieved, [&] { task.get_future(); }));
        fiber worker([this, mine = std::move(task)]() mutable {
            note("works");
            mine(1, std::make_unique<int>(2));
        });
        BOOST_TEST(!task.valid());
        note("result", *result.get());
        worker.join();
    });
    BOOST_TEST(line() == "works result3");
}

BOOST_AUTO_TEST_CASE(references_and_void)
{
    int number = 4;
    packaged_task<int&(int&)> same([](int& n) -> int& { return n; });
    auto reference = same.get_future();
    same(number);
    BOOST_TEST(&reference.get() == &number);
    packaged_task<void()> nothing([&number] { ++number; });
    auto done = nothing.get_future();
    nothing();
    done.get();
    BOOST_TEST(number == 5);
}

BOOST_AUTO_TEST_CASE(what_it_throws_goes_there_too)
{
    packaged_task<int()> task([]() -> int { throw std::out_of_range("x"); });
    auto result = task.get_future();
    task();
    BOOST_CHECK_THROW(result.get(), std::out_of_range);
    BOOST_TEST(fails_with(std::future_errc::promise_already_satisfied, [&] { task(); }));
}

BOOST_AUTO_TEST_CASE(without_a_call_the_promise_is_broken)
{
    weft::future<int> result;
    {
        packaged_task<int()> task([] { return 1; });
        result = task.get_future();
    }
    BOOST_TEST(fails_with(std::future_errc::broken_promise, [&] { result.get(); }));
}

BOOST_AUTO_TEST_CASE(reset_keeps_the_function)
{
    packaged_task<int()> task([n = std::make_unique<int>(0)] { return ++*n; });
    auto first = task.get_future();
    task();
    task.reset();
    auto second = task.get_future();
    task();
    task.reset();
    auto third = task.get_future();
    task.reset();
    BOOST_TEST(first.get() == 1);
    BOOST_TEST(second.get() == 2);
    BOOST_TEST(fails_with(std::future_errc::broken_promise, [&] { third.get(); }));
}

BOOST_AUTO_TEST_CASE(without_a_function)
{
    constexpr auto no_state = std::future_errc::no_state;
    packaged_task<int()> none;
    BOOST_TEST(!none.valid());
    BOOST_TEST(fails_with(no_state, [&] { none(); }));
    BOOST_TEST(fails_with(no_state, [&] { none.get_future(); }));
    BOOST_TEST(fails_with(no_state, [&] { none.reset(); }));
    packaged_task<int()> some([] { return 1; });
    swap(none, some);
    BOOST_TEST(none.valid());
    BOOST_TEST(!some.valid());
    none = std::move(some);
    BOOST_TEST(!none.valid());
}

BOOST_AUTO_TEST_CASE(cancelled_while_the_function_waits)
{
    run([this] {
        packaged_task<void()> task([] { this_fiber::sleep_for(std::chrono::hours(1)); });
        auto result = task.get_future();
        fiber worker([&task] { task(); });
        this_fiber::yield();
        worker.cancel();
        worker.join();
        note(error_of([&] { result.get(); }) == aborted ? "aborted" : "?");
    });
    BOOST_TEST(line() == "aborted");
}

BOOST_AUTO_TEST_CASE(called_by_a_plain_thread)
{
    packaged_task<int()> task([] { return 9; });
    int found = 0;
    std::thread other;
    weft::run([&] {
        auto result = task.get_future();
        other = std::thread([&task] { task(); });
        found = result.get();
    });
    other.join();
    BOOST_TEST(found == 9);
}

// V7: a function on a background thread, and the loop goes on meanwhile.
BOOST_AUTO_TEST_CASE(V7_a_function_that_blocks_its_thread)
{
    boost::asio::thread_pool background(1);
    std::promise<void> released; // std's: it blocks the thread that waits for it
    run([&] {
        packaged_task<std::thread::id()> task([&released] {
            released.get_future().wait();
            return std::this_thread::get_id();
        });
        auto result = task.get_future();
        boost::asio::post(background, std::move(task));
        fiber other([this, &released] {
            note("others run");
            released.set_value();
        });
        BOOST_TEST((result.get() != std::this_thread::get_id()));
        note("result");
        other.join();
    });
    background.join();
    BOOST_TEST(line() == "others run result");
}

BOOST_AUTO_TEST_CASE(task_and_state_are_one_allocation)
{
    const std::array<std::byte, 500> large{};
    const auto before = allocation_count();
    {
        packaged_task<int()> task([large] { return static_cast<int>(large.size()); });
        auto result = task.get_future();
        BOOST_TEST(allocation_count() - before == 1U);
        task();
        BOOST_TEST(result.get() == 500);
    }
    BOOST_TEST(allocation_count() - before == 1U);

    std::array<std::byte, 1024> memory;
    std::pmr::monotonic_buffer_resource resource(memory.data(), memory.size(), std::pmr::null_memory_resource());
    const auto none_before = allocation_count();
    {
        packaged_task<int()> task(std::allocator_arg, std::pmr::polymorphic_allocator<>(&resource), [] { return 1; });
        task();
        task.reset();
        BOOST_CHECK_THROW(packaged_task<int()>(std::allocator_arg,
                                               std::pmr::polymorphic_allocator<>(std::pmr::null_memory_resource()),
                                               [] { return 1; }),
                          std::bad_alloc);
    }
    // But the exception's own.
    BOOST_TEST(allocation_count() == none_before);
}

BOOST_AUTO_TEST_SUITE_END()
