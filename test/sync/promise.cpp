// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/promise.hpp>

#include "future_kinds.hpp"
#include "support/allocation_counter.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <memory_resource>
#include <stdexcept>
#include <type_traits>
#include <utility>

using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;
using weft::promise;

static_assert(!std::is_copy_constructible_v<promise<int>>);
static_assert(std::is_nothrow_move_constructible_v<promise<int>> && std::is_nothrow_move_assignable_v<promise<int>>);

BOOST_FIXTURE_TEST_SUITE(promise_calls, virtual_time)

BOOST_AUTO_TEST_CASE(one_future_and_one_result)
{
    promise<int> given;
    auto result = given.get_future();
    BOOST_TEST(fails_with(std::future_errc::future_already_retrieved, [&] { given.get_future(); }));
    given.set_value(1);
    BOOST_TEST(fails_with(std::future_errc::promise_already_satisfied, [&] { given.set_value(2); }));
    BOOST_TEST(fails_with(std::future_errc::promise_already_satisfied,
                          [&] { given.set_exception(std::make_exception_ptr(3)); }));
    BOOST_TEST(result.get() == 1);
}

BOOST_AUTO_TEST_CASE(the_result_may_come_before_the_future)
{
    promise<std::string> given;
    const std::string text = "copied";
    given.set_value(text);
    BOOST_TEST(given.get_future().get() == "copied");
}

BOOST_AUTO_TEST_CASE(moved_and_swapped)
{
    constexpr auto no_state = std::future_errc::no_state;
    promise<int> one;
    promise<int> two(std::move(one));
    BOOST_TEST(fails_with(no_state, [&] { one.get_future(); }));
    BOOST_TEST(fails_with(no_state, [&] { one.set_value(1); }));
    BOOST_TEST(fails_with(no_state, [&] { one.set_exception(std::make_exception_ptr(1)); }));
    swap(one, two);
    auto result = one.get_future();
    one = promise<int>(); // breaks the promise it held
    BOOST_TEST(fails_with(std::future_errc::broken_promise, [&] { result.get(); }));
    promise<void> first;
    promise<void> second;
    auto done = first.get_future();
    swap(first, second);
    second.set_value();
    done.get();
    promise<int&> third;
    promise<int&> fourth;
    third.swap(fourth);
}

BOOST_AUTO_TEST_CASE(set_by_a_handler)
{
    boost::asio::io_context io;
    int result = 0;
    weft::spawn(io, [&] {
        promise<int> given;
        boost::asio::post(io, [&given] { given.set_value(6); });
        result = given.get_future().get();
    });
    io.run();
    BOOST_TEST(result == 6);
}

BOOST_AUTO_TEST_CASE(all_memory_comes_from_the_allocator)
{
    std::array<std::byte, 1024> memory;
    std::pmr::monotonic_buffer_resource resource(memory.data(), memory.size(), std::pmr::null_memory_resource());
    const auto before = allocation_count();
    {
        promise<int> number(std::allocator_arg, std::pmr::polymorphic_allocator<int>(&resource));
        promise<void> nothing(std::allocator_arg, std::pmr::polymorphic_allocator<std::byte>(&resource));
        promise<int&> reference(std::allocator_arg, std::pmr::polymorphic_allocator<>(&resource));
        auto result = number.get_future();
        number.set_value(4);
        BOOST_TEST(result.get() == 4);
    }
    BOOST_TEST(allocation_count() == before);
    // No memory: nothing has happened.
    BOOST_CHECK_THROW(
        promise<over_aligned>(std::allocator_arg, std::pmr::polymorphic_allocator<>(std::pmr::null_memory_resource())),
        std::bad_alloc);
}

BOOST_AUTO_TEST_CASE(a_promise_that_is_torn_down_is_broken)
{
    auto io = std::make_unique<boost::asio::io_context>();
    promise<int> outside;
    weft::future<int> result;
    weft::spawn(*io, [&] {
        promise<int> mine;
        result = mine.get_future();
        outside.get_future().get();
    });
    io->poll();
    io.reset();
    BOOST_TEST(fails_with(std::future_errc::broken_promise, [&] { result.get(); }));
}

BOOST_AUTO_TEST_SUITE_END()
