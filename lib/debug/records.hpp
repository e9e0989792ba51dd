// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_DEBUG_RECORDS_HPP
#define WEFT_LIB_DEBUG_RECORDS_HPP

#include <weft/debug/spawn_site.hpp>
#include <weft/fiber/detail/fiber_record.hpp>

#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

namespace weft::debug::detail
{

/// Safe in a signal handler.
spawn_site site_of(const weft::detail::fiber_record& record) noexcept;

inline const weft::detail::fiber_record& require_record(const weft::detail::fiber_record* record, const char* what)
{
    if (record == nullptr)
    {
        throw boost::system::system_error(make_error_code(boost::system::errc::invalid_argument), what);
    }
    return *record;
}

} // namespace weft::debug::detail

#endif
