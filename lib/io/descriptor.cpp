// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/descriptor.hpp>

#include <fcntl.h>
#include <utility>

namespace weft
{

namespace
{

bool is_blocking(int number) noexcept
{
    return (::fcntl(number, F_GETFL) & O_NONBLOCK) == 0;
}

} // namespace

descriptor::descriptor(int number, ownership whose) : descriptor(this_executor(), number, whose) {}

descriptor::descriptor(const executor_type& executor, int number, ownership whose)
    : base(std::in_place, executor), whose_(whose), was_blocking_(is_blocking(number))
{
    object_.assign(number);
}

descriptor& descriptor::operator=(descriptor&& other) noexcept
{
    if (this != &other)
    {
        if (whose_ == ownership::borrowed)
        {
            release();
        }
        whose_ = other.whose_;
        was_blocking_ = other.was_blocking_;
        base::operator=(std::move(other));
    }
    return *this;
}

descriptor::~descriptor()
{
    if (whose_ == ownership::borrowed)
    {
        release();
    }
}

int descriptor::release() noexcept
{
    if (!is_open())
    {
        return -1;
    }
    const int number = object_.release();
    if (was_blocking_)
    {
        ::fcntl(number, F_SETFL, ::fcntl(number, F_GETFL) & ~O_NONBLOCK);
    }
    return number;
}

} // namespace weft
