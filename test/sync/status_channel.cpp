// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/this_fiber.hpp>
#include <weft/sync/buffered_channel.hpp>
#include <weft/sync/select.hpp>
#include <weft/sync/unbuffered_channel.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <tuple>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace this_fiber = weft::this_fiber;
using weft::buffered_channel;
using weft::channel_op_status;
using weft::fiber;
using weft::unbuffered_channel;

namespace
{

template <class T>
struct small_buffer : buffered_channel<T>
{
    small_buffer() : buffered_channel<T>(2) {}
};

struct buffered
{
    template <class T>
    using of = small_buffer<T>;
};

struct unbuffered
{
    template <class T>
    using of = unbuffered_channel<T>;
};

using both = std::tuple<buffered, unbuffered>;

template <class Kind, class T>
using channel_of = typename Kind::template of<T>;

bool is(channel_op_status status, channel_op_status expected)
{
    return status == expected;
}

} // namespace

// What Boost.Fiber promises for these names.
BOOST_FIXTURE_TEST_SUITE(status_channels, virtual_time)

BOOST_AUTO_TEST_CASE(capacities)
{
    for (const std::size_t wrong : {0U, 1U, 3U, 6U, 100U})
    {
        BOOST_TEST(error_of([wrong] { buffered_channel<int> channel(wrong); }) == errc::invalid_argument);
    }
    buffered_channel<int> channel(4);
    for (int i = 0; i < 3; ++i)
    {
        BOOST_TEST(is(channel.try_push(i), channel_op_status::success));
    }
    BOOST_TEST(is(channel.try_push(3), channel_op_status::full));
    int value = -1;
    BOOST_TEST(is(channel.try_pop(value), channel_op_status::success));
    BOOST_TEST(value == 0);
    channel.close();
    BOOST_TEST(is(channel.try_push(3), channel_op_status::closed));
    BOOST_TEST(is(channel.try_pop(value), channel_op_status::success));
    BOOST_TEST(is(channel.try_pop(value), channel_op_status::success));
    BOOST_TEST(is(channel.try_pop(value), channel_op_status::closed));
    BOOST_TEST(value == 2);
    buffered_channel<int> empty(2);
    BOOST_TEST(is(empty.try_pop(value), channel_op_status::empty));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(elements_pass_in_order_until_it_is_closed, Kind, both)
{
    run([this] {
        channel_of<Kind, std::unique_ptr<int>> channel;
        fiber putter([&] {
            for (int i = 0; i < 4; ++i)
            {
                BOOST_TEST(is(channel.push(std::make_unique<int>(i)), channel_op_status::success));
            }
            channel.close();
            BOOST_TEST(channel.is_closed());
            BOOST_TEST(is(channel.push(std::make_unique<int>(9)), channel_op_status::closed));
        });
        std::unique_ptr<int> value;
        BOOST_TEST(is(channel.pop(value), channel_op_status::success));
        note("", *value);
        note("", *channel.value_pop());
        for (const auto& each : channel)
        {
            note("", *each);
        }
        BOOST_TEST(is(channel.pop(value), channel_op_status::closed));
        BOOST_TEST(error_of([&] { channel.value_pop(); }) == errc::operation_not_permitted);
        putter.join();
    });
    BOOST_TEST(line() == "0 1 2 3");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(times, Kind, both)
{
    run([this] {
        channel_of<Kind, int> channel;
        int value = -1;
        BOOST_TEST(is(channel.pop_wait_for(value, 1ms), channel_op_status::timeout));
        BOOST_TEST(is(channel.pop_wait_until(value, clock.now() + 1ms), channel_op_status::timeout));
        fiber putter([&] {
            BOOST_TEST(is(channel.push_wait_for(1, 1h), channel_op_status::success));
            BOOST_TEST(is(channel.push_wait_until(2, clock.now() + 1h), channel_op_status::success));
        });
        BOOST_TEST(is(channel.pop_wait_for(value, 1h), channel_op_status::success));
        BOOST_TEST(is(channel.pop_wait_until(value, clock.now() + 1h), channel_op_status::success));
        BOOST_TEST(value == 2);
        putter.join();
        while (is(channel.push_wait_for(value, 1ms), channel_op_status::success))
        {
        }
        BOOST_TEST(is(channel.push_wait_until(value, clock.now()), channel_op_status::timeout));
        channel.close();
        BOOST_TEST(is(channel.push_wait_for(3, 1h), channel_op_status::closed));
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(closed_and_cancelled_while_others_wait, Kind, both)
{
    run([] {
        channel_of<Kind, int> channel;
        int value = 0;
        fiber canceled([&] { BOOST_TEST(error_of([&] { channel.pop(value); }) == aborted); });
        fiber taker([&] { BOOST_TEST(is(channel.pop(value), channel_op_status::closed)); });
        this_fiber::yield();
        canceled.cancel();
        canceled.join();
        channel.close();
        taker.join();
    });
}

BOOST_AUTO_TEST_CASE_TEMPLATE(in_select, Kind, both)
{
    run([this] {
        channel_of<Kind, int> channel;
        fiber putter([&] { weft::select(channel.on_push(3, [this] { note("put"); })); });
        weft::select(channel.on_pop([this](int number) { note("took", number); }), weft::after(1h));
        putter.join();
    });
    BOOST_TEST((line() == "put took3" || line() == "took3 put"));
}

BOOST_AUTO_TEST_SUITE_END()
