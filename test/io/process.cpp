// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "support/errors.hpp"

#include <boost/process/async_pipe.hpp>
#include <boost/process/child.hpp>
#include <boost/process/io.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <string>
#include <sys/wait.h>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace bp = boost::process;
namespace this_fiber = weft::this_fiber;
using weft::fiber;

namespace
{

asio::io_context& this_context()
{
    return static_cast<asio::io_context&>(asio::query(weft::this_executor(), asio::execution::context));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(child_processes, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(write_to_it_read_from_it_and_wait_for_its_end)
{
    run_fibers([] {
        bp::async_pipe to(this_context());
        bp::async_pipe from(this_context());
        bp::child cat("/bin/cat", bp::std_in<to, bp::std_out> from);
        std::string answer;
        weft::test::watched_fiber reader([&] {
            error_code error;
            asio::async_read(from, asio::dynamic_buffer(answer), asio::redirect_error(weft::use_fiber, error));
            BOOST_TEST(error == asio::error::eof);
        });
        const std::string text(300'000, 'x'); // more than a pipe holds
        asio::async_write(to, asio::buffer(text), weft::use_fiber);
        to.close();
        BOOST_TEST(weft::wait_for_exit(cat) == 0);
        reader.join();
        BOOST_TEST((answer == text));
        BOOST_TEST(weft::wait_for_exit(cat) == 0); // known already
    });
}

BOOST_AUTO_TEST_CASE(exit_codes)
{
    run_fibers([] {
        bp::child failing("/bin/sh", "-c", "exit 3");
        BOOST_TEST(weft::wait_for_exit(failing) == 3);
    });
    bp::child failing("/bin/sh", "-c", "exit 4");
    BOOST_TEST(weft::wait_for_exit(failing) == 4);
}

BOOST_AUTO_TEST_CASE(a_wait_that_ends_early_leaves_the_process_alone)
{
    run_fibers(
        [] {
            bp::child sleeping("/bin/sleep", "1000");
            {
                const weft::deadline limit(1s);
                BOOST_TEST(error_of([&] { weft::wait_for_exit(sleeping); }) == timed_out);
            }
            error_code left_by;
            fiber canceled([&] { left_by = error_of([&] { weft::wait_for_exit(sleeping); }); });
            this_fiber::yield();
            canceled.cancel();
            canceled.join();
            BOOST_TEST(left_by == aborted);
            BOOST_TEST(sleeping.running());
            fiber waiting([&] { weft::wait_for_exit(sleeping); });
            this_fiber::yield();
            ::kill(sleeping.id(), SIGTERM);
            waiting.join();
            BOOST_TEST(WTERMSIG(sleeping.native_exit_code()) == SIGTERM);
        },
        &clock);
}

BOOST_AUTO_TEST_CASE(no_such_child)
{
    run_fibers([] {
        BOOST_TEST(error_of([] { weft::wait_until_ended(1); }) == errc::no_child_process);
        const auto refused = weft::on_thread_stack([] { return error_of([] { weft::wait_until_ended(1); }); });
        BOOST_TEST(refused == errc::operation_not_permitted);
    });
}

BOOST_AUTO_TEST_SUITE_END()
