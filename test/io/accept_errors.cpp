// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "io/support_io.hpp"
#include "io/support_log.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>
#include <boost/test/unit_test.hpp>

#include <cerrno>
#include <chrono>
#include <vector>

using namespace std::chrono_literals;
using namespace weft::test;
namespace asio = boost::asio;
namespace this_fiber = weft::this_fiber;
using weft::detail::accept_back_off;
using weft::detail::accept_reaction;

namespace
{

accept_reaction reaction_to(int number)
{
    return weft::detail::react_to_accept_error(error_code(number, boost::system::system_category()));
}

const error_code shortage(EMFILE, boost::system::system_category());

} // namespace

BOOST_FIXTURE_TEST_SUITE(accept_errors, weft::test::virtual_time)

BOOST_AUTO_TEST_CASE(for_lack_of_something_back_off)
{
    for (const int number : {EMFILE, ENFILE, ENOBUFS, ENOMEM})
    {
        BOOST_TEST((reaction_to(number) == accept_reaction::back_off), number);
    }
}

BOOST_AUTO_TEST_CASE(of_a_connection_that_is_gone_retry)
{
    for (const int number : {ECONNABORTED, EPROTO, ENETDOWN, EHOSTUNREACH, ENETUNREACH, ENOPROTOOPT})
    {
        BOOST_TEST((reaction_to(number) == accept_reaction::retry), number);
    }
}

BOOST_AUTO_TEST_CASE(of_everything_else_are_the_callers)
{
    BOOST_TEST((weft::detail::react_to_accept_error({}) == accept_reaction::report));
    for (const int number : {EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP, EPERM, EACCES, ECANCELED, ETIMEDOUT})
    {
        BOOST_TEST((reaction_to(number) == accept_reaction::report), number);
    }
    BOOST_TEST((weft::detail::react_to_accept_error(asio::error::eof) == accept_reaction::report));
}

BOOST_AUTO_TEST_CASE(back_off_doubles_up_to_a_limit)
{
    const captured_log log;
    std::vector<std::chrono::milliseconds> pauses;
    run_fibers(
        [&] {
            accept_back_off back_off;
            for (int i = 0; i < 8; ++i)
            {
                const auto before = this_fiber::now();
                error_code error;
                back_off.wait(shortage, error);
                BOOST_TEST(!error);
                pauses.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(this_fiber::now() - before));
            }
        },
        &clock);
    BOOST_TEST((pauses == std::vector<std::chrono::milliseconds>{5ms, 10ms, 20ms, 40ms, 80ms, 100ms, 100ms, 100ms}));
    BOOST_TEST(log.count("Too many open files") <= 1U); // the others are held back
}

BOOST_AUTO_TEST_CASE(back_off_ends_with_cancellation)
{
    const captured_log log;
    run_fibers(
        [] {
            error_code error;
            watched_fiber waiting([&] { accept_back_off().wait(shortage, error); });
            this_fiber::yield();
            waiting.cancel();
            waiting.join();
            BOOST_TEST((error == asio::error::operation_aborted));
        },
        &standing);
}

BOOST_AUTO_TEST_CASE(back_off_ends_with_a_deadline)
{
    const captured_log log;
    run_fibers(
        [] {
            accept_back_off back_off;
            const weft::deadline limit(7ms);
            error_code error;
            back_off.wait(shortage, error);
            BOOST_TEST(!error);
            back_off.wait(shortage, error);
            BOOST_TEST((error == asio::error::timed_out));
        },
        &clock);
}

BOOST_AUTO_TEST_SUITE_END()
