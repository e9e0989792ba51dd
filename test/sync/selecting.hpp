// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TEST_SYNC_SELECTING_HPP
#define WEFT_TEST_SYNC_SELECTING_HPP

#include "support/virtual_time.hpp"

#include <string>

namespace weft::test
{

struct selecting : virtual_time
{
    /// A body that notes its name.
    auto says(std::string name)
    {
        return [this, name] { note(name); };
    }
    auto says_number(std::string name)
    {
        return [this, name](int number) { note(name, number); };
    }
};

} // namespace weft::test

#endif
