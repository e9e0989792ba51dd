// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/run.hpp>
#include <weft/fiber/this_fiber.hpp>

#include "support/errors.hpp"
#include "support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

using namespace std::chrono_literals;
using namespace weft::test;
using weft::fiber;
namespace this_fiber = weft::this_fiber;

namespace
{

int plain_function()
{
    return 3;
}

struct no_default
{
    explicit no_default(int given) : value(given) {}
    int value;
};

boost::asio::io_context& context_of_this_fiber()
{
    return weft::scheduler::current().get_executor().target<boost::asio::io_context::executor_type>()->context();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(run_function, virtual_time)

BOOST_AUTO_TEST_CASE(returns_what_the_function_returns)
{
    static_assert(std::is_same_v<decltype(weft::run([] {})), int>);
    BOOST_TEST(weft::run([] {}) == 0);
    BOOST_TEST(weft::run([] { return 7; }) == 7);
    BOOST_TEST(weft::run(plain_function) == 3);
    BOOST_TEST(weft::run(&plain_function) == 3);
    BOOST_TEST(weft::run([] { return std::string("text"); }) == "text");
    BOOST_TEST(*weft::run([] { return std::make_unique<int>(4); }) == 4);
    BOOST_TEST(weft::run([] { return no_default(5); }).value == 5);
    const std::string referred = "referred";
    static_assert(
        std::is_same_v<decltype(weft::run([&referred]() -> const std::string& { return referred; })), std::string>);
}

BOOST_AUTO_TEST_CASE(takes_move_only_functions_and_leaves_lvalues_alone)
{
    BOOST_TEST(weft::run([held = std::make_unique<int>(6)] { return *held; }) == 6);
    const auto twice = [text = std::string("again")] { return text; };
    BOOST_TEST(weft::run(twice) == "again");
    BOOST_TEST(weft::run(twice) == "again");
}

// M2, W3: run until none is left.
BOOST_AUTO_TEST_CASE(W3_M2_runs_until_all_fibers_have_ended)
{
    run([this] {
        fiber([this] {
            this_fiber::sleep_for(10ms);
            fiber([this] {
                this_fiber::sleep_for(10ms);
                note_time("grandchild");
            }).detach();
            note_time("child");
        }).detach();
        note_time("main");
    });
    note_time("run");
    BOOST_TEST(line() == "main@0 child@10 grandchild@20 run@20");
}

BOOST_AUTO_TEST_CASE(an_exception_leaves_after_the_others_were_cancelled)
{
    BOOST_CHECK_EXCEPTION(run([this] {
                              fiber([this] {
                                  const witness local(*this, "local");
                                  this_fiber::sleep_for(1h);
                                  note("not reached");
                              }).detach();
                              this_fiber::sleep_for(1ms);
                              throw std::runtime_error("of main");
                          }),
                          std::runtime_error, [](const auto& e) { return std::string(e.what()) == "of main"; });
    note_time("caught");
    BOOST_TEST(line() == "~local caught@1");
}

BOOST_AUTO_TEST_CASE(an_exception_waits_for_those_who_need_longer)
{
    BOOST_CHECK_THROW(run([this] {
                          fiber([this] {
                              error_of([] { this_fiber::sleep_for(1h); });
                              fiber([] { this_fiber::sleep_for(9ms); }).join();
                              note_time("cleaned_up");
                          }).detach();
                          this_fiber::yield();
                          throw 17;
                      }),
                      int);
    BOOST_TEST(line() == "cleaned_up@9");
}

BOOST_AUTO_TEST_CASE(the_first_fiber_has_a_name_and_attributes)
{
    BOOST_TEST(weft::run([] { return std::string(this_fiber::name()); }) == "main");
    BOOST_TEST(weft::run([] { return std::string(this_fiber::name()); },
                         {.main = {.name = "first", .stack_size = 1 << 20}}) == "first");
    BOOST_TEST(error_of([] { weft::run([] {}, {.main = {.stack_size = 1}}); }) == errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(nested_in_a_fiber)
{
    run([this] {
        const auto outer = weft::scheduler::current();
        const auto outer_id = this_fiber::get_id();
        fiber sibling([this] { note("sibling"); });
        const int result = weft::run(
            [this, &outer] {
                BOOST_TEST(!(weft::scheduler::current() == outer));
                weft::manual_clock inner_clock;
                weft::scheduler::current().use_clock(&inner_clock);
                fiber child([this] {
                    this_fiber::sleep_for(1s);
                    note("inner");
                });
                child.join();
                weft::scheduler::current().use_clock(nullptr);
                return 5;
            },
            {.main = {.name = "nested"}});
        // The thread belonged to the inner run: the sibling could not run meanwhile.
        note("outer", result);
        BOOST_TEST((weft::scheduler::current() == outer));
        BOOST_TEST((this_fiber::get_id() == outer_id));
        BOOST_TEST(this_fiber::name() == "main");
        sibling.join();
        BOOST_CHECK_THROW(weft::run([] { throw 1; }), int);
    });
    BOOST_TEST(line() == "inner outer5 sibling");
}

BOOST_AUTO_TEST_CASE(two_in_a_row_share_nothing)
{
    for (int i = 0; i < 3; ++i)
    {
        run([this] {
            this_fiber::sleep_for(1ms);
            note_time("run");
            BOOST_TEST(weft::scheduler::current().counters().spawned == 1U);
        });
    }
    BOOST_TEST(line() == "run@1 run@2 run@3");
}

BOOST_AUTO_TEST_CASE(an_exception_of_a_handler_leaves_after_the_fibers_were_unwound)
{
    BOOST_CHECK_EXCEPTION(run([this] {
                              fiber child([this] {
                                  const witness local(*this, "child");
                                  this_fiber::sleep_for(1h);
                              });
                              const witness local(*this, "main");
                              boost::asio::post(context_of_this_fiber(),
                                                [] { throw std::runtime_error("of the handler"); });
                              child.join();
                          }),
                          std::runtime_error, [](const auto& e) { return std::string(e.what()) == "of the handler"; });
    note("caught");
    BOOST_TEST(line() == "~child ~main caught");
}

BOOST_AUTO_TEST_CASE(the_io_context_is_stopped_under_it)
{
    // There is no result then, and no exception of the function either.
    BOOST_TEST(error_of([this] {
                   weft::run([this] {
                       const witness local(*this, "main");
                       context_of_this_fiber().stop();
                       this_fiber::sleep_for(1h);
                       return std::string("never");
                   });
               }) == aborted);
    BOOST_TEST(line() == "~main");
}

BOOST_AUTO_TEST_SUITE_END()
