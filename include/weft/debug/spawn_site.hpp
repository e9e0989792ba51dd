// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_DEBUG_SPAWN_SITE_HPP
#define WEFT_DEBUG_SPAWN_SITE_HPP

#include <weft/fiber/fiber.hpp>
#include <weft/fiber/jfiber.hpp>

#include <boost/assert/source_location.hpp>

#include <string>

namespace weft::debug
{

/// Where a fiber was made: the place that its attributes name, or an address in the code that made it. Fibers made
/// through a function of another library (`std::vector::emplace_back`, `std::make_unique`) come from there, if the
/// compiler has not inlined that; name the place then.
struct spawn_site
{
    const void* address = nullptr; ///< in the function that made the fiber, inside of its call of weft
    boost::source_location named;  ///< line 0: not named
};

/// Errors: `invalid_argument` if the handle is empty.
spawn_site spawn_site_of(const fiber& which);
spawn_site spawn_site_of(const jfiber& which);

/// Errors: `operation_not_permitted` outside of fibers.
spawn_site this_fiber_spawn_site();

/// `file:line (function)` of a named one; else `object+0xoffset`, which `addr2line -Cfpie object 0xoffset` turns into
/// function, file and line, and the function if the object exports its name.
///
/// Errors: `std::bad_alloc`.
std::string to_string(const spawn_site& where);

} // namespace weft::debug

#endif
