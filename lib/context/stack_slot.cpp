// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "stack_slot.hpp"

#include "tools.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <string>

namespace weft::detail
{

std::size_t checked_stack_size(std::size_t asked, std::size_t unit)
{
    namespace errc = boost::system::errc;
    // Half of all addresses: more than any system maps, and far from where rounding overflows.
    if (asked < minimum_stack_size() || asked > PTRDIFF_MAX)
    {
        throw boost::system::system_error(errc::make_error_code(errc::invalid_argument),
                                          "weft: a stack of " + std::to_string(asked) + " bytes; it must have " +
                                              std::to_string(minimum_stack_size()) + " to " +
                                              std::to_string(PTRDIFF_MAX));
    }
    return (asked + stack_tag_size + unit - 1) / unit * unit - stack_tag_size;
}

void introduce(stack which) noexcept
{
    if (const unsigned number = introduce_stack(which))
    {
        tag_of(which)->tool_number = number;
    }
}

void retire(stack which) noexcept
{
    // To read it where it was never written costs no page: it is the shared zero page's.
    retract_stack(tag_of(which)->tool_number);
}

} // namespace weft::detail
