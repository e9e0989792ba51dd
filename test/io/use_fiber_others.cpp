// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/writable_pipe.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <string>
#include <sys/eventfd.h>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::use_fiber;

namespace
{

const error_code aborted = asio::error::operation_aborted;

/// The operation waits; cancelling its fiber ends it.
template <class Operation>
void is_cancelled(Operation operation, error_code expected = aborted)
{
    watched_fiber waiting([&] {
        const auto left_by = code_of(operation);
        BOOST_TEST((left_by == expected), left_by.message());
    });
    this_fiber::yield();
    waiting.cancel();
    waiting.join();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(use_fiber_others, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(timers)
{
    run_fibers([] {
        asio::steady_timer timer(weft::this_executor(), 1ns);
        timer.async_wait(use_fiber);
        timer.expires_after(1h);
        watched_fiber waiting([&] {
            const auto [error] = timer.async_wait(asio::as_tuple(use_fiber));
            BOOST_TEST((error == aborted));
        });
        this_fiber::yield();
        BOOST_TEST(timer.cancel() == 1U); // by its own call, not by cancelling the fiber
        waiting.join();
        is_cancelled([&] { timer.async_wait(use_fiber); });
    });
}

BOOST_AUTO_TEST_CASE(sets_of_signals)
{
    run_fibers([] {
        asio::signal_set signals(weft::this_executor(), SIGUSR1, SIGUSR2);
        watched_fiber waiting([&] { BOOST_TEST(signals.async_wait(use_fiber) == SIGUSR2); });
        this_fiber::yield();
        BOOST_TEST(std::raise(SIGUSR2) == 0);
        waiting.join();
        std::raise(SIGUSR1); // before the wait
        BOOST_TEST(signals.async_wait(use_fiber) == SIGUSR1);
        is_cancelled([&] { signals.async_wait(use_fiber); });
    });
}

BOOST_AUTO_TEST_CASE(pipes_of_the_kernel)
{
    run_fibers([] {
        asio::readable_pipe in(weft::this_executor());
        asio::writable_pipe out(weft::this_executor());
        asio::connect_pipe(in, out);
        is_cancelled([&] {
            char letter = 0;
            in.async_read_some(asio::buffer(&letter, 1), use_fiber);
        });
        const std::string much(300000, 'p'); // more than the pipe holds
        watched_fiber writer([&] {
            BOOST_TEST(asio::async_write(out, asio::buffer(much), use_fiber) == much.size());
            out.close();
        });
        std::string got;
        error_code error;
        asio::async_read(in, asio::dynamic_buffer(got), asio::redirect_error(use_fiber, error));
        BOOST_TEST((error == asio::error::eof));
        BOOST_TEST((got == much));
        writer.join();
    });
}

BOOST_AUTO_TEST_CASE(descriptors)
{
    run_fibers([] {
        asio::posix::stream_descriptor counter(weft::this_executor(), ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
        is_cancelled([&] { counter.async_wait(asio::posix::stream_descriptor::wait_read, use_fiber); });
        std::uint64_t value = 0;
        watched_fiber reader([&] {
            counter.async_wait(asio::posix::stream_descriptor::wait_read, use_fiber);
            BOOST_TEST(counter.async_read_some(asio::buffer(&value, sizeof(value)), use_fiber) == sizeof(value));
        });
        this_fiber::yield();
        const std::uint64_t three = 3;
        asio::async_write(counter, asio::buffer(&three, sizeof(three)), use_fiber);
        reader.join();
        BOOST_TEST(value == 3U);
    });
}

BOOST_AUTO_TEST_CASE(channels_of_asio)
{
    run_fibers([] {
        asio::experimental::channel<void(error_code, std::string)> channel(weft::this_executor(), 1);
        watched_fiber sender([&] {
            for (const std::string text : {"one", "two", "three"})
            {
                channel.async_send(error_code(), text, use_fiber);
            }
        });
        BOOST_TEST(channel.async_receive(use_fiber) == "one");
        BOOST_TEST(channel.async_receive(use_fiber) == "two");
        const auto [error, last] = channel.async_receive(asio::as_tuple(use_fiber));
        BOOST_TEST(!error);
        BOOST_TEST(last == "three");
        sender.join();
        is_cancelled([&] { channel.async_receive(use_fiber); }, asio::experimental::error::channel_cancelled);
        channel.close();
        BOOST_TEST((code_of([&] { channel.async_receive(use_fiber); }) == asio::experimental::error::channel_closed));
    });
}

BOOST_AUTO_TEST_CASE(composed_and_deferred)
{
    run_fibers([] {
        auto ends = weft::test::make_connection();
        auto& from = ends.client.next_layer();
        std::string data;
        auto later = asio::async_read_until(from, asio::dynamic_buffer(data), '\n', asio::deferred);
        ends.server.write(asio::buffer("a line\nmore", 11));
        BOOST_TEST(std::move(later)(use_fiber) == 7U);
        is_cancelled([&] {
            char rest[100];
            asio::async_read(from, asio::buffer(rest), use_fiber);
        });
    });
}

BOOST_AUTO_TEST_SUITE_END()
