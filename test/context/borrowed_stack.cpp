// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/borrowed_stack.hpp>
#include <weft/context/fiber_context.hpp>

#include "fixtures.hpp"
#include "support/allocation_counter.hpp"

#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace errc = boost::system::errc;
using namespace weft::test;
using weft::borrowed_stack;
using weft::fiber_context;
using weft::stack;

namespace
{

constinit weft::static_stack<small_stack> static_memory;

} // namespace

BOOST_AUTO_TEST_SUITE(borrowed)

BOOST_AUTO_TEST_CASE(memory_that_begins_and_ends_anywhere)
{
    const own_memory<2 * small_stack> memory;
    for (std::size_t shift = 0; shift != 17; ++shift)
    {
        const std::span<std::byte> part(memory.base() + shift, small_stack + 16 - shift / 2);
        borrowed_stack stacks(part);
        const stack given = stacks.allocate();
        BOOST_TEST(reinterpret_cast<std::uintptr_t>(given.base) % 16 == 0U);
        BOOST_TEST(given.size % 16 == 0U);
        BOOST_TEST((given.base >= part.data() && given.top() <= part.data() + part.size()));
        BOOST_TEST(given.size + 31 >= part.size());
        stacks.deallocate(given);
    }
}

BOOST_AUTO_TEST_CASE(null_and_too_small_are_refused)
{
    const own_memory<> memory;
    const auto refusal = [](std::span<std::byte> bad) {
        borrowed_stack stacks(bad);
        return failure_of([&stacks] { stacks.allocate(); }, errc::invalid_argument);
    };
    BOOST_TEST(refusal({}).find("null") != std::string::npos);
    const std::size_t least = weft::minimum_stack_size();
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{15}, least - 1})
    {
        const std::string message = refusal({memory.base(), size});
        BOOST_TEST(message.find("of " + std::to_string(size) + " bytes") != std::string::npos, message);
        BOOST_TEST(message.find(std::to_string(least)) != std::string::npos, message);
    }
    // Enough bytes, but not when aligned.
    const std::string message = refusal({memory.base() + 1, least});
    BOOST_TEST(message.find("when aligned") != std::string::npos, message);
    borrowed_stack stacks(std::span<std::byte>(memory.base(), least));
    stacks.deallocate(stacks.allocate());
}

template <class Stacks>
void check_second_use(Stacks& stacks)
{
    const auto pass_on = [](fiber_context&& caller) { return resume(std::move(caller)); };
    {
        fiber_context first(std::allocator_arg, stacks, pass_on);
        first = resume(std::move(first));
        const std::string message = failure_of([&] { const fiber_context second(std::allocator_arg, stacks, pass_on); },
                                               errc::device_or_resource_busy);
        BOOST_TEST(message.find("in use") != std::string::npos, message);
        first = resume(std::move(first)); // the refusal has not touched it
        BOOST_TEST(first.empty());
    }
    fiber_context next(std::allocator_arg, stacks, pass_on);
    next = resume(std::move(next));
    BOOST_TEST(!next.empty());
}

BOOST_AUTO_TEST_CASE(a_second_use_is_refused_while_the_first_lasts)
{
    const own_memory<> memory;
    borrowed_stack stacks(std::span<std::byte>(memory.base(), small_stack));
    check_second_use(stacks);
    check_second_use(static_memory);
}

BOOST_AUTO_TEST_CASE(moved_from_is_null)
{
    const own_memory<> memory;
    borrowed_stack from(memory.where());
    const stack given = from.allocate();
    borrowed_stack to(std::move(from));
    BOOST_TEST(!failure_of([&to] { to.allocate(); }, errc::device_or_resource_busy).empty());
    BOOST_TEST(!failure_of([&from] { from.allocate(); }, errc::invalid_argument).empty()); // NOLINT: that is the test
    to.deallocate(given);
    to.deallocate(to.allocate());
}

BOOST_AUTO_TEST_CASE(F7_no_heap_on_the_callers_memory)
{
    const own_memory<> memory;
    borrowed_stack stacks(std::span<std::byte>(memory.base(), small_stack));
    const auto before = allocation_count();
    const auto run_on = [](auto& lent) {
        fiber_context other(std::allocator_arg, lent, [](fiber_context&& caller) {
            caller = resume(std::move(caller));
            return std::move(caller);
        });
        while (other)
        {
            other = resume(std::move(other));
        }
    };
    run_on(stacks);
    run_on(static_memory);
    BOOST_TEST(allocation_count() - before == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
