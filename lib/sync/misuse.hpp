// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_SYNC_MISUSE_HPP
#define WEFT_LIB_SYNC_MISUSE_HPP

#include <boost/system/system_error.hpp>

namespace weft::detail
{

[[noreturn]] inline void throw_invalid(const char* what)
{
    throw boost::system::system_error(make_error_code(boost::system::errc::invalid_argument), what);
}

[[noreturn]] inline void throw_not_permitted(const char* what)
{
    throw boost::system::system_error(make_error_code(boost::system::errc::operation_not_permitted), what);
}

} // namespace weft::detail

#endif
