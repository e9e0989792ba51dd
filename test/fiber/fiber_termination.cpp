// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/spawn.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/child_process.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

using namespace std::chrono_literals;
using weft::fiber;
using weft::launch;
using weft::test::child_result;
using weft::test::run_in_child;

namespace
{

/// A child process that runs this as the first fiber; it is expected to end in std::terminate.
template <class Body>
child_result terminated(Body body)
{
    return run_in_child([&body] { weft::run(body); });
}

[[noreturn]] void fail()
{
    throw std::runtime_error("the reason");
}

void check_reported(const child_result& child, std::string_view name)
{
    BOOST_TEST(child.killed_by(SIGABRT));
    BOOST_TEST(child.errors.find(name) != std::string::npos, child.errors);
    BOOST_TEST(child.errors.find("the reason") != std::string::npos, child.errors);
}

} // namespace

// What the program does not survive.
BOOST_AUTO_TEST_SUITE(fiber_termination)

BOOST_AUTO_TEST_CASE(destroying_a_joinable_fiber)
{
    BOOST_TEST(terminated([] { fiber child([] {}); }).killed_by(SIGABRT));
    BOOST_TEST(terminated([] { fiber child(launch::deferred, [] {}); }).killed_by(SIGABRT));
    BOOST_TEST(terminated([] {
                   fiber child([] {});
                   weft::this_fiber::yield();
               }).killed_by(SIGABRT));
}

BOOST_AUTO_TEST_CASE(assigning_to_a_joinable_fiber)
{
    BOOST_TEST(terminated([] {
                   fiber child([] {});
                   child = fiber();
               }).killed_by(SIGABRT));
}

BOOST_AUTO_TEST_CASE(a_failure_of_a_detached_fiber_is_logged_with_its_name)
{
    check_reported(terminated([] {
                       fiber child({.name = "lonely"}, fail);
                       child.detach();
                       weft::this_fiber::sleep_for(10s);
                   }),
                   "lonely");
}

BOOST_AUTO_TEST_CASE(detaching_a_fiber_that_has_failed)
{
    check_reported(terminated([] {
                       fiber child({.name = "lonely"}, fail);
                       weft::this_fiber::yield();
                       child.detach();
                   }),
                   "lonely");
}

BOOST_AUTO_TEST_CASE(a_failure_of_a_fiber_spawned_detached)
{
    check_reported(run_in_child([] {
                       boost::asio::io_context io;
                       weft::spawn(io, {.name = "spawned"}, fail);
                       io.run();
                   }),
                   "spawned");
}

BOOST_AUTO_TEST_CASE(a_failure_of_a_nameless_fiber_is_logged_with_its_number)
{
    check_reported(run_in_child([] {
                       boost::asio::io_context io;
                       weft::spawn(io, fail);
                       io.run();
                   }),
                   "fiber #");
}

// Somebody of another scheduler has waited for it, and has given up.
BOOST_AUTO_TEST_CASE(a_failure_of_a_fiber_detached_after_join_for)
{
    check_reported(terminated([] {
                       bool given_up = false;
                       fiber child({.name = "abandoned"}, [&given_up] {
                           while (!given_up)
                           {
                               weft::this_fiber::sleep_for(1us);
                           }
                           fail();
                       });
                       weft::spawn(weft::scheduler(weft::scheduler::current().get_executor()), [&child, &given_up] {
                           weft::test::require_in_child(!child.join_for(1ms), "not yet ended");
                           child.detach();
                           given_up = true;
                       });
                       weft::this_fiber::sleep_for(10s);
                   }),
                   "abandoned");
}

BOOST_AUTO_TEST_CASE(an_exception_that_is_no_std_exception)
{
    const auto child = terminated([] {
        fiber({.name = "odd"}, [] { throw 17; }).detach();
        weft::this_fiber::sleep_for(10s);
    });
    BOOST_TEST(child.killed_by(SIGABRT));
    BOOST_TEST(child.errors.find("odd") != std::string::npos, child.errors);
}

// "A failure of the fiber that nobody has joined for is logged, and calls std::terminate."
BOOST_AUTO_TEST_CASE(a_failure_found_by_the_destructor_of_a_jfiber)
{
    check_reported(terminated([] { weft::jfiber child(launch::dispatch, {.name = "unjoined"}, fail); }), "unjoined");
}

BOOST_AUTO_TEST_SUITE_END()
