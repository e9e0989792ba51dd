// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/context/borrowed_stack.hpp>

#include "tools.hpp"

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <cstdint>
#include <string>

namespace weft::detail
{
namespace
{

[[noreturn]] void refuse(boost::system::errc::errc_t kind, const std::string& why)
{
    throw boost::system::system_error(boost::system::errc::make_error_code(kind), "weft: " + why);
}

} // namespace

stack borrow(std::span<std::byte> memory, loan& state)
{
    namespace errc = boost::system::errc;
    constexpr std::size_t unit = 16; // what every frame is aligned to
    if (state.where)
    {
        refuse(errc::device_or_resource_busy, "the memory of a borrowed stack is in use by another context");
    }
    if (memory.data() == nullptr)
    {
        refuse(errc::invalid_argument, "a borrowed stack at a null address");
    }
    const auto before = (unit - reinterpret_cast<std::uintptr_t>(memory.data()) % unit) % unit;
    const auto usable = memory.size() < before ? 0 : (memory.size() - before) / unit * unit;
    if (usable < minimum_stack_size() || usable > PTRDIFF_MAX)
    {
        refuse(errc::invalid_argument, "a borrowed stack of " + std::to_string(memory.size()) + " bytes, " +
                                           std::to_string(usable) + " when aligned; it must have " +
                                           std::to_string(minimum_stack_size()) + " to " + std::to_string(PTRDIFF_MAX));
    }
    const stack result{memory.data() + before, usable};
    state = {result, introduce_stack(result)};
    return result;
}

void end_loan(loan& state) noexcept
{
    retract_stack(state.tool_number);
    forget_marks(state.where);
    state = {};
}

} // namespace weft::detail
