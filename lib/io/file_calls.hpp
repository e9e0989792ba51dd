// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_IO_FILE_CALLS_HPP
#define WEFT_LIB_IO_FILE_CALLS_HPP

#include <weft/io/blocking_call.hpp>

#include <boost/system/error_code.hpp>

#include <cerrno>
#include <cstddef>

namespace weft::detail
{

/// Makes a system call again while signals interrupt it.
template <class Call>
std::size_t repeat_if_interrupted(boost::system::error_code& error, Call call)
{
    for (;;)
    {
        const auto result = call();
        if (result >= 0) [[likely]]
        {
            error = {};
            return static_cast<std::size_t>(result);
        }
        if (errno != EINTR)
        {
            error.assign(errno, boost::system::system_category());
            return 0;
        }
    }
}

/// Runs `function()`, which must not throw, on a thread of the process's pool; outside of fibers at once. False, with an
/// error, if it has not run.
template <class F>
bool run_in_pool(boost::system::error_code& error, F function)
{
    if (current_core() == nullptr)
    {
        error = blocking_error();
        if (!error)
        {
            function();
        }
        return !error;
    }
    blocking_closure<F> task(function);
    error = run_blocking(blocking_pool::shared().core(), task);
    return !error;
}

/// Makes a system call there.
template <class Call>
std::size_t call_in_pool(boost::system::error_code& error, Call call)
{
    std::size_t result = 0;
    boost::system::error_code of_call;
    if (run_in_pool(error, [&] { result = repeat_if_interrupted(of_call, call); }))
    {
        error = of_call;
    }
    return result;
}

} // namespace weft::detail

#endif
