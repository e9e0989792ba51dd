// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

// H3: an exception that leaves a fiber's function goes to whoever joins, to the completion token, or to the log and
// std::terminate. Never into nothing.

#include "io/support_io.hpp"
#include "support/child_process.hpp"

#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <exception>
#include <future>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::test::run_fibers;
using weft::test::run_in_child;

namespace
{

struct not_an_exception_class
{};

[[noreturn]] void fail()
{
    throw std::out_of_range("lost and found");
}

/// The child must die of std::terminate and say why.
template <class Body>
void check_reported(Body body, const std::string& text = "lost and found")
{
    const auto result = run_in_child(body);
    BOOST_TEST(result.killed_by(SIGABRT), result.errors);
    BOOST_TEST(result.errors.find(text) != std::string::npos, result.errors);
    BOOST_TEST(result.errors.find("an exception left fiber") != std::string::npos, result.errors);
}

} // namespace

BOOST_AUTO_TEST_SUITE(lost_exception)

BOOST_AUTO_TEST_CASE(goes_to_the_joiner)
{
    run_fibers([] {
        weft::fiber waited_for(fail);
        BOOST_CHECK_THROW(waited_for.join(), std::out_of_range);
        BOOST_TEST(!waited_for.joinable());

        weft::fiber ended_before(fail);
        this_fiber::yield();
        BOOST_TEST((ended_before.state() == weft::fiber_state::terminated));
        BOOST_CHECK_THROW(ended_before.join(), std::out_of_range);

        weft::fiber odd([] { throw not_an_exception_class(); });
        BOOST_CHECK_THROW(odd.join(), not_an_exception_class);

        weft::fiber at_once(weft::launch::dispatch, fail);
        BOOST_CHECK_THROW(at_once.join(), std::out_of_range);

        weft::jfiber with_stop(fail);
        BOOST_CHECK_THROW(with_stop.join(), std::out_of_range);
    });
}

BOOST_AUTO_TEST_CASE(goes_to_a_joiner_on_another_scheduler)
{
    run_fibers([] {
        weft::fiber failing(fail);
        std::exception_ptr found;
        weft::spawn(
            weft::solo(weft::this_executor()),
            [&] {
                try
                {
                    failing.join();
                }
                catch (...)
                {
                    found = std::current_exception();
                }
            },
            weft::use_fiber);
        BOOST_REQUIRE((found != nullptr));
        BOOST_CHECK_THROW(std::rethrow_exception(found), std::out_of_range);
    });
}

BOOST_AUTO_TEST_CASE(goes_to_the_completion_token)
{
    asio::io_context io;
    std::exception_ptr without_result;
    std::exception_ptr with_result;
    weft::spawn(io, fail, [&](std::exception_ptr error) { without_result = std::move(error); });
    weft::spawn(io, []() -> int { fail(); }, [&](std::exception_ptr error, int) { with_result = std::move(error); });
    // On its own it would start the threads of system_executor, for good: other tests fork.
    auto future = weft::spawn(io, fail, asio::bind_executor(io.get_executor(), asio::use_future));
    weft::test::drain(io);
    BOOST_REQUIRE((without_result && with_result));
    BOOST_CHECK_THROW(std::rethrow_exception(without_result), std::out_of_range);
    BOOST_CHECK_THROW(std::rethrow_exception(with_result), std::out_of_range);
    BOOST_CHECK_THROW(future.get(), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(goes_to_the_fiber_that_spawns_and_waits)
{
    run_fibers([] { BOOST_CHECK_THROW(weft::spawn(weft::this_executor(), fail, weft::use_fiber), std::out_of_range); });
}

BOOST_AUTO_TEST_CASE(goes_to_the_caller_of_run)
{
    bool other_was_canceled = false;
    const auto body = [&] {
        weft::fiber other([&] {
            const auto wait = [] { weft::manual_reset_event().wait(); };
            other_was_canceled = weft::test::code_of(wait) == asio::error::operation_aborted;
        });
        other.detach();
        this_fiber::yield();
        fail();
    };
    BOOST_CHECK_THROW(weft::run(body), std::out_of_range);
    BOOST_TEST(other_was_canceled);
}

BOOST_AUTO_TEST_CASE(of_a_detached_fiber_terminates)
{
    check_reported([] { weft::run([] { weft::fiber(fail).detach(); }); });
}

BOOST_AUTO_TEST_CASE(of_a_fiber_detached_after_its_end_terminates)
{
    check_reported([] {
        weft::run([] {
            weft::fiber ended(fail);
            this_fiber::yield();
            ended.detach();
        });
    });
}

BOOST_AUTO_TEST_CASE(of_a_fiber_spawned_detached_terminates)
{
    check_reported(
        [] {
            asio::io_context io;
            weft::spawn(io, weft::attributes{.name = "worker"}, fail);
            io.run();
        },
        "worker");
    check_reported([] {
        asio::io_context io;
        weft::spawn(io, fail, asio::detached);
        io.run();
    });
}

BOOST_AUTO_TEST_CASE(that_is_no_exception_class_terminates_too)
{
    check_reported([] { weft::run([] { weft::fiber([] { throw not_an_exception_class(); }).detach(); }); },
                   "no std::exception");
}

BOOST_AUTO_TEST_CASE(is_the_current_one_of_the_terminate_handler)
{
    const auto result = run_in_child([] {
        std::set_terminate([] {
            try
            {
                throw;
            }
            catch (const std::out_of_range&)
            {
                std::_Exit(7);
            }
        });
        weft::run([] { weft::fiber(fail).detach(); });
    });
    BOOST_TEST(result.exited_with(7), result.errors);
}

BOOST_AUTO_TEST_CASE(of_a_jfiber_that_nobody_joined_terminates)
{
    check_reported([] {
        weft::run([] {
            const weft::jfiber failing(fail);
            this_fiber::yield();
        });
    });
}

BOOST_AUTO_TEST_CASE(of_a_fiber_at_tear_down_terminates)
{
    check_reported([] {
        asio::io_context io;
        weft::spawn(io, [] {
            try
            {
                weft::manual_reset_event().wait();
            }
            catch (const boost::system::system_error&)
            {
                fail();
            }
        });
        io.poll();
    });
}

BOOST_AUTO_TEST_CASE(is_not_what_a_cancelled_fiber_ends_with)
{
    run_fibers([] {
        weft::fiber canceled([] { weft::manual_reset_event().wait(); });
        this_fiber::yield();
        canceled.cancel();
        canceled.join(); // does not throw

        // The same error for another reason is one.
        weft::fiber aborted([] { throw boost::system::system_error(asio::error::operation_aborted); });
        BOOST_CHECK_THROW(aborted.join(), boost::system::system_error);
    });
}

BOOST_AUTO_TEST_SUITE_END()
