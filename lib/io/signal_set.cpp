// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/detail/io_object.hpp>
#include <weft/io/signal_set.hpp>

namespace weft
{

signal_set::signal_set(std::initializer_list<int> signals) : signal_set(this_executor(), signals) {}

signal_set::signal_set(const executor_type& executor, std::initializer_list<int> signals) : set_(executor)
{
    for (const int number : signals)
    {
        add(number);
    }
}

int signal_set::wait(error_code& error)
{
    if (!this_fiber::is_fiber())
    {
        error = make_error_code(boost::system::errc::operation_not_permitted);
        return 0;
    }
    error = {};
    return set_.async_wait(boost::asio::redirect_error(use_fiber, error));
}

int signal_set::wait()
{
    error_code error;
    const int number = wait(error);
    detail::throw_error(error, "wait for a signal");
    return number;
}

} // namespace weft
