// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "queue_kinds.hpp"
#include "support/allocation_counter.hpp"
#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

struct elements : virtual_time
{
    elements()
    {
        delicate::moves = 0;
        delicate::fail_in = 0;
    }
    ~elements()
    {
        BOOST_TEST(delicate::alive == 0);
    }
};

struct alignas(128) wide
{
    explicit wide(int number) : value(number) {}
    bool is_aligned() const
    {
        return reinterpret_cast<std::uintptr_t>(this) % alignof(wide) == 0;
    }
    int value;
};

struct copied_only
{
    explicit copied_only(int number) : value(number) {}
    copied_only(const copied_only&) = default;
    copied_only& operator=(const copied_only&) = delete;
    int value;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(queue_elements, elements)

BOOST_AUTO_TEST_CASE_TEMPLATE(of_any_type, Kind, all_queues)
{
    run([] {
        queue_of<Kind, wide> wides;
        queue_of<Kind, copied_only> copies;
        queue_of<Kind, std::unique_ptr<int>> pointers;
        queue_of<Kind, std::string> strings;
        fiber taker([&] {
            for (int i = 0; i < 5; ++i)
            {
                const auto got = wides.pop();
                BOOST_TEST(got->is_aligned());
                BOOST_TEST(got->value == i);
                BOOST_TEST(copies.pop()->value == i);
                BOOST_TEST(**pointers.pop() == i);
                BOOST_TEST(*strings.pop() == "abc");
            }
        });
        for (int i = 0; i < 5; ++i)
        {
            wides.push(wide(i));
            const copied_only one(i);
            copies.push(one);
            pointers.push(std::make_unique<int>(i));
            strings.push("abc"); // made into an element first
            this_fiber::yield();
        }
        taker.join();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_lvalue_is_copied_and_an_rvalue_moved, Kind, all_queues)
{
    run([] {
        queue_of<Kind, std::string> queue;
        std::string text = "some text that is too long for the string object itself";
        const auto expected = text;
        for (const bool taker_first : {true, false})
        {
            fiber taker;
            const auto take = [&] {
                BOOST_TEST(*queue.pop() == expected);
                BOOST_TEST(*queue.pop() == expected);
            };
            if (taker_first)
            {
                taker = fiber(take);
                this_fiber::yield();
            }
            fiber putter([&] {
                queue.push(text);
                BOOST_TEST(text == expected);
                queue.push(std::move(text));
                BOOST_TEST(text.empty());
                text = expected;
            });
            this_fiber::yield();
            if (!taker_first)
            {
                taker = fiber(take);
            }
            taker.join();
            putter.join();
        }
    });
}

// W7: no copy of the message; one move, from the sender's frame to the receiver's.
BOOST_AUTO_TEST_CASE(W7_a_rendezvous_moves_once)
{
    run([] {
        weft::channel<delicate> channel;
        for (const bool taker_first : {true, false})
        {
            delicate::moves = 0;
            fiber taker;
            const auto take = [&channel] { BOOST_TEST(channel.pop()->value == 3); };
            if (taker_first)
            {
                taker = fiber(take);
                this_fiber::yield();
            }
            fiber putter([&channel] { channel.push(delicate(3)); });
            this_fiber::yield();
            if (!taker_first)
            {
                taker = fiber(take);
            }
            putter.join();
            taker.join();
            BOOST_TEST(delicate::moves == 1);
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_move_into_it_throws, Kind, queues_that_hold)
{
    run([] {
        queue_of<Kind, delicate> queue;
        delicate one(1);
        delicate::fail_in = 1;
        BOOST_CHECK_THROW(queue.push(std::move(one)), std::runtime_error);
        BOOST_TEST(one.value == 1);
        BOOST_TEST(queue.size() == 0U);
        BOOST_TEST(queue.push(std::move(one)));
        delicate::fail_in = 1;
        BOOST_CHECK_THROW(queue.pop(), std::runtime_error);
        BOOST_TEST(queue.size() == 1U);
        BOOST_TEST(queue.pop()->value == 1);
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_move_to_a_waiting_taker_throws, Kind, all_queues)
{
    run([this] {
        queue_of<Kind, delicate> queue;
        fiber taker([&] { note("got", queue.pop()->value); });
        this_fiber::yield();
        delicate one(1);
        delicate::fail_in = 1;
        BOOST_CHECK_THROW(queue.push(std::move(one)), std::runtime_error);
        BOOST_TEST(one.value == 1);
        this_fiber::yield();
        note("retried");
        BOOST_TEST(queue.push(std::move(one)));
        taker.join();
    });
    BOOST_TEST(line() == "retried got1");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_move_from_a_waiting_putter_throws, Kind, queues_that_fill)
{
    run([this] {
        queue_of<Kind, delicate> queue;
        for (std::size_t i = 0; i < Kind::capacity; ++i)
        {
            queue.push(delicate(0));
        }
        fiber putter([&] {
            delicate one(1);
            try
            {
                queue.push(std::move(one));
                note("pushed");
            }
            catch (const std::runtime_error&)
            {
                note(one.value == 1 ? "kept" : "?");
            }
        });
        this_fiber::yield();
        if (Kind::capacity == 0)
        {
            // This side moves, and so it is told.
            delicate::fail_in = 1;
            BOOST_CHECK_THROW(queue.pop(), std::runtime_error);
            this_fiber::yield();
            note("retried");
            BOOST_TEST(queue.pop()->value == 1);
            putter.join();
            BOOST_TEST(line() == "retried pushed");
        }
        else
        {
            // The first move is this side's, the second one on behalf of the putter, which tries again.
            delicate::fail_in = 2;
            BOOST_TEST(queue.pop()->value == 0);
            putter.join();
            BOOST_TEST(line() == "pushed");
            BOOST_TEST(queue.size() == Kind::capacity);
        }
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_left_is_destroyed_with_it, Kind, queues_that_hold)
{
    queue_of<Kind, delicate> queue;
    queue.push(delicate(1));
    queue.close();
    BOOST_TEST(delicate::alive == 1);
}

BOOST_AUTO_TEST_CASE(capacities_that_cannot_be)
{
    BOOST_TEST(error_of([] { weft::blocking_queue<int> queue(0); }) == errc::invalid_argument);
    BOOST_TEST(error_of([] { weft::blocking_stack<int> stack(0); }) == errc::invalid_argument);
    constexpr auto huge = std::numeric_limits<std::size_t>::max() - 1;
    BOOST_CHECK_THROW(weft::blocking_queue<int> queue(huge), std::bad_alloc);
    BOOST_CHECK_THROW(weft::channel<int> queue(huge), std::bad_alloc);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(waiting_allocates_nothing, Kind, all_queues)
{
    run([] {
        queue_of<Kind, int> queue;
        constexpr int count = 1000;
        std::uint64_t before = 0;
        std::uint64_t after = 0;
        fiber taker([&] {
            for (int i = 0; i < count; ++i)
            {
                before = i == 100 ? allocation_count() : before;
                queue.pop();
            }
            after = allocation_count();
        });
        for (int i = 0; i < count; ++i)
        {
            queue.push(i);
            if (i % 7 == 0)
            {
                this_fiber::yield();
            }
        }
        taker.join();
        BOOST_TEST(after == before);
    });
}

BOOST_AUTO_TEST_CASE(a_bounded_one_allocates_once)
{
    const auto before = allocation_count();
    weft::blocking_queue<std::array<int, 10>> queue(100);
    for (int i = 0; i < 1000; ++i)
    {
        queue.try_push(std::array<int, 10>{});
    }
    BOOST_TEST(allocation_count() - before == 1U);
}

BOOST_AUTO_TEST_CASE(an_unbounded_one_gives_memory_back_and_uses_it_again)
{
    const auto before = outstanding_allocations();
    {
        weft::blocking_queue<std::int64_t> queue;
        constexpr int millions = 3'000'000;
        for (std::int64_t i = 0; i < millions; ++i)
        {
            queue.push(i);
        }
        std::int64_t sum = 0;
        while (const auto each = queue.try_pop())
        {
            sum += *each;
        }
        BOOST_TEST(sum == std::int64_t{millions} * (millions - 1) / 2);
        if (allocations_can_fail())
        {
            BOOST_TEST(outstanding_allocations() - before <= 2);
        }
        const auto steady = allocation_count();
        for (std::int64_t i = 0; i < 10'000; ++i)
        {
            queue.push(i);
            queue.pop();
        }
        BOOST_TEST(allocation_count() == steady);
    }
    BOOST_TEST(outstanding_allocations() == before);
}

BOOST_AUTO_TEST_CASE(memory_for_a_chunk_is_short)
{
    if (!allocations_can_fail())
    {
        return;
    }
    weft::blocking_queue<int> queue;
    fail_allocation(1);
    BOOST_CHECK_THROW(queue.push(1), std::bad_alloc);
    fail_allocation(0);
    BOOST_TEST(queue.empty());
    BOOST_TEST(queue.push(1));
    BOOST_TEST(queue.pop().value() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
