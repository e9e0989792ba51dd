// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/debug/spawn_site.hpp>
#include <weft/fiber/detail/observation.hpp>
#include <weft/fiber/waker.hpp>

#include "code_address.hpp"
#include "records.hpp"

#include <cstdint>
#include <cstdlib>
#include <cxxabi.h>
#include <memory>
#include <sstream>

namespace weft::debug
{

namespace detail
{

spawn_site site_of(const weft::detail::fiber_record& record) noexcept
{
    spawn_site result;
    result.address = record.spawned_at;
    if (const auto* const named = weft::detail::named_site_of(record))
    {
        result.named = *named;
    }
    return result;
}

} // namespace detail

spawn_site spawn_site_of(const fiber& which)
{
    return detail::site_of(detail::require_record(which.record(), "weft::debug::spawn_site_of"));
}

spawn_site spawn_site_of(const jfiber& which)
{
    return detail::site_of(detail::require_record(which.record(), "weft::debug::spawn_site_of"));
}

spawn_site this_fiber_spawn_site()
{
    return detail::site_of(weft::detail::require_fiber("weft::debug::this_fiber_spawn_site"));
}

std::string to_string(const spawn_site& where)
{
    std::ostringstream text;
    if (where.named.line() != 0)
    {
        text << where.named.file_name() << ':' << where.named.line() << " (" << where.named.function_name() << ')';
        return text.str();
    }
    const auto known = detail::look_up(where.address);
    if (known.object == nullptr)
    {
        text << where.address;
        return text.str();
    }
    text << known.object << "+0x" << std::hex << known.offset;
    if (known.function != nullptr)
    {
        int status = 0;
        const std::unique_ptr<char, decltype(&std::free)> plain(
            abi::__cxa_demangle(known.function, nullptr, nullptr, &status), &std::free);
        text << " (" << (plain != nullptr ? plain.get() : known.function) << "+0x" << known.in_function << ')';
    }
    return text.str();
}

} // namespace weft::debug
