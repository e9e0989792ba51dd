// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/this_fiber.hpp>
#include <weft/io/await.hpp>

#include <stop_token>

namespace weft::detail
{

joiner::~joiner()
{
    if (which_.joinable())
    {
        which_.cancel();
        which_.detach();
    }
}

void joiner::operator()()
{
    const std::stop_callback pass_on(this_fiber::get_stop_token(), [this] { which_.cancel(); });
    which_.join();
}

} // namespace weft::detail
