// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/child_process.hpp"
#include "support/errors.hpp"
#include "support/recorder.hpp"

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;

namespace
{

struct context : recorder
{
    ~context()
    {
        BOOST_TEST(weft::scheduler::of(io).counters().live == 0U);
        io.restart();
        BOOST_TEST(io.poll() == 0U);
    }

    /// What `error` holds, as one word.
    void note_error(const std::exception_ptr& error)
    {
        if (!error)
        {
            note("no_error");
            return;
        }
        try
        {
            std::rethrow_exception(error);
        }
        catch (const std::runtime_error& failure)
        {
            note(failure.what());
        }
        catch (...)
        {
            note("other");
        }
    }

    asio::io_context io;
};

[[noreturn]] void fail()
{
    throw std::runtime_error("failed");
}

int fail_with_result()
{
    fail();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(spawn_tokens, context)

BOOST_AUTO_TEST_CASE(detached_is_the_default)
{
    static_assert(std::is_void_v<decltype(weft::spawn(io, [] {}))>);
    weft::spawn(io, [this] { note("default"); });
    weft::spawn(io, [this] { note("detached"); }, asio::detached);
    weft::spawn(io, {.name = "n"}, [this] { note(this_fiber::name()); });
    weft::spawn(io, {.name = "m"}, [this] {
        note(this_fiber::name());
        return std::make_unique<int>(1);
    });
    BOOST_TEST(line().empty());
    io.run();
    BOOST_TEST(line() == "default detached n m");
}

BOOST_AUTO_TEST_CASE(a_callback)
{
    weft::spawn(
        io, [this] { note("fiber"); },
        [this](const std::exception_ptr& error) {
            note_error(error);
            note(this_fiber::is_fiber() ? "in_fiber" : "in_handler");
        });
    weft::spawn(
        io, [] { return 5; },
        [this](const std::exception_ptr& error, int result) {
            note_error(error);
            note("result", result);
        });
    io.run();
    BOOST_TEST(line() == "fiber no_error in_handler no_error result5");
}

BOOST_AUTO_TEST_CASE(exceptions_go_to_the_callback)
{
    weft::spawn(io, fail, [this](const std::exception_ptr& error) { note_error(error); });
    weft::spawn(io, fail_with_result, [this](const std::exception_ptr& error, int result) {
        note_error(error);
        note("result", result);
    });
    io.run();
    BOOST_TEST(line() == "failed failed result0");
}

BOOST_AUTO_TEST_CASE(move_only_functions_results_and_handlers)
{
    weft::spawn(
        io, [held = std::make_unique<int>(3)]() mutable { return std::move(held); },
        [this, own = std::make_unique<int>(4)](const std::exception_ptr&, std::unique_ptr<int> result) {
            note("sum", *result + *own);
        });
    io.run();
    BOOST_TEST(line() == "sum7");
}

BOOST_AUTO_TEST_CASE(use_future)
{
    std::future<void> nothing = weft::spawn(io, [] {}, asio::use_future);
    std::future<std::string> text = weft::spawn(io, [] { return std::string("text"); }, asio::use_future);
    std::future<std::unique_ptr<int>> pointer =
        weft::spawn(io, [] { return std::make_unique<int>(2); }, asio::use_future);
    std::future<void> failed = weft::spawn(io, fail, asio::use_future);
    std::future<int> failed_too = weft::spawn(io, fail_with_result, asio::use_future);
    io.run();
    nothing.get();
    BOOST_TEST(text.get() == "text");
    BOOST_TEST(*pointer.get() == 2);
    BOOST_CHECK_THROW(failed.get(), std::runtime_error);
    BOOST_CHECK_THROW(failed_too.get(), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(use_awaitable_in_a_coroutine)
{
    asio::co_spawn(
        io,
        [this]() -> asio::awaitable<void> {
            co_await weft::spawn(io, [this] { note("fiber"); }, asio::use_awaitable);
            note("result", co_await weft::spawn(
                               io,
                               [] {
                                   this_fiber::yield();
                                   return 6;
                               },
                               asio::use_awaitable));
            try
            {
                co_await weft::spawn(io, fail, asio::use_awaitable);
            }
            catch (const std::runtime_error& error)
            {
                note(error.what());
            }
        },
        asio::detached);
    io.run();
    BOOST_TEST(line() == "fiber result6 failed");
}

BOOST_AUTO_TEST_CASE(deferred_starts_nothing_before_it_is_called)
{
    auto operation = weft::spawn(io, [this] { note("fiber"); }, asio::deferred);
    io.run();
    io.restart();
    note("started");
    std::move(operation)([this](const std::exception_ptr& error) { note_error(error); });
    io.run();
    BOOST_TEST(line() == "started fiber no_error");
}

BOOST_AUTO_TEST_CASE(deferred_with_attributes)
{
    auto operation = weft::spawn(io, {.name = "later"}, [this] { note(this_fiber::name()); }, asio::deferred);
    std::move(operation)(asio::detached);
    io.run();
    BOOST_TEST(line() == "later");
}

BOOST_AUTO_TEST_CASE(the_handler_runs_on_its_associated_executor)
{
    asio::io_context other;
    weft::spawn(
        io, [this] { note("fiber"); },
        asio::bind_executor(other, [this](const std::exception_ptr&) { note("handler"); }));
    io.run();
    note("io");
    // The other io_context had work all the time.
    other.run();
    BOOST_TEST(line() == "fiber io handler");
}

BOOST_AUTO_TEST_CASE(a_handler_on_a_strand)
{
    const auto strand = asio::make_strand(io);
    weft::spawn(
        io, [] {}, asio::bind_executor(strand, [this, &strand](const std::exception_ptr&) {
            note(strand.running_in_this_thread() ? "in_strand" : "?");
        }));
    io.run();
    BOOST_TEST(line() == "in_strand");
}

BOOST_AUTO_TEST_CASE(a_signal_in_the_slot_cancels_the_fiber)
{
    asio::cancellation_signal signal;
    weft::spawn(
        io,
        [this] {
            note(error_of([] { this_fiber::sleep_for(1h); }) == aborted ? "aborted" : "?");
            note(error_of([] { this_fiber::sleep_for(1h); }) == aborted ? "again" : "?");
        },
        asio::bind_cancellation_slot(signal.slot(), [this](const std::exception_ptr& error) { note_error(error); }));
    weft::spawn(io, [this, &signal] {
        note("emit");
        signal.emit(asio::cancellation_type::total);
    });
    io.run();
    BOOST_TEST(line() == "emit aborted again no_error");
    signal.emit(asio::cancellation_type::terminal); // nobody listens any more
}

BOOST_AUTO_TEST_CASE(the_error_of_a_cancelled_fiber_goes_to_the_token)
{
    asio::cancellation_signal signal;
    std::exception_ptr got;
    weft::spawn(
        io, [] { this_fiber::sleep_for(1h); },
        asio::bind_cancellation_slot(signal.slot(), [&got](const std::exception_ptr& error) { got = error; }));
    signal.emit(asio::cancellation_type::partial);
    io.run();
    BOOST_REQUIRE(got);
    BOOST_TEST(error_of([&got] { std::rethrow_exception(got); }) == aborted);
}

BOOST_AUTO_TEST_CASE(no_cancellation_type_is_no_cancellation)
{
    asio::cancellation_signal signal;
    weft::spawn(
        io, [this] { note(this_fiber::cancellation_requested() ? "?" : "undisturbed"); },
        asio::bind_cancellation_slot(signal.slot(), [](const std::exception_ptr&) {}));
    signal.emit(asio::cancellation_type::none);
    io.run();
    BOOST_TEST(line() == "undisturbed");
}

BOOST_AUTO_TEST_CASE(a_stack_that_is_too_small_is_an_error_at_once)
{
    const auto make = [this](auto&& token) {
        weft::spawn(io, {.stack_size = 1}, [this] { note("ran"); }, std::forward<decltype(token)>(token));
    };
    BOOST_TEST(error_of([&] { make(asio::detached); }) == errc::invalid_argument);
    BOOST_TEST(error_of([&] { make([this](const std::exception_ptr&) { note("handler"); }); }) ==
               errc::invalid_argument);
    BOOST_TEST(io.run() == 0U);
    BOOST_TEST(line().empty());
}

// A child process, because what must not happen is the end of the program.
BOOST_AUTO_TEST_CASE(lack_of_memory_for_the_stack_goes_to_the_token)
{
    const auto child = run_in_child([] {
        asio::io_context own;
        std::exception_ptr got;
        bool ran = false;
        weft::spawn(
            own, {.stack_size = std::size_t{1} << 60}, [&ran] { ran = true; },
            [&got](const std::exception_ptr& error) { got = error; });
        own.run();
        require_in_child(!ran, "the fiber did not run");
        require_in_child(static_cast<bool>(got), "the handler was called with an error");
        require_in_child(error_of([&got] { std::rethrow_exception(got); }) == errc::not_enough_memory,
                         "not_enough_memory");
        require_in_child(weft::scheduler::of(own).counters().live == 0, "no fiber is left");
    });
    BOOST_TEST(child.exited_with(0), child.errors);
}

BOOST_AUTO_TEST_CASE(the_handler_may_spawn_the_next_one)
{
    struct again
    {
        context& self;
        int left;
        void operator()(const std::exception_ptr&) const
        {
            self.note("h", left);
            if (left > 0)
            {
                weft::spawn(self.io, [] {}, again{self, left - 1});
            }
        }
    };
    weft::spawn(io, [] {}, again{*this, 3});
    io.run();
    BOOST_TEST(line() == "h3 h2 h1 h0");
}

BOOST_AUTO_TEST_CASE(a_token_of_a_fiber_whose_io_context_goes_away_is_destroyed)
{
    {
        asio::io_context own;
        weft::spawn(
            own, [] { this_fiber::sleep_for(1h); },
            [this, held = std::make_unique<witness>(*this, "handler")](const std::exception_ptr&) { note("called"); });
        own.poll();
        note("gone");
    }
    BOOST_TEST(line() == "gone ~handler");
}

BOOST_AUTO_TEST_SUITE_END()
