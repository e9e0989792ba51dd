// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SUPPORT_ERRORS_HPP
#define WEFT_TEST_SUPPORT_ERRORS_HPP

#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <system_error>
#include <utility>

namespace weft::test
{

inline constexpr auto aborted = boost::asio::error::operation_aborted;
inline constexpr auto timed_out = boost::asio::error::timed_out;
namespace errc = boost::system::errc;

/// The code of the `system_error`, Boost's or the standard's, that `call` throws; no error if it returns. Other
/// exceptions go on.
template <class Call>
boost::system::error_code error_of(Call&& call)
{
    try
    {
        std::forward<Call>(call)();
    }
    catch (const boost::system::system_error& error)
    {
        return error.code();
    }
    catch (const std::system_error& error)
    {
        return error.code();
    }
    return {};
}

} // namespace weft::test

#endif
