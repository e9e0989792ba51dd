// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_IO_PAGE_CACHE_HPP
#define WEFT_LIB_IO_PAGE_CACHE_HPP

#include <cstdint>
#include <span>
#include <sys/types.h>
#include <sys/uio.h>

namespace weft::detail
{

/// Reads what is in the page cache, without waiting for a device: `EAGAIN` if that is nothing. Another error may mean that
/// the system, the file or a filter of system calls does not allow the attempt. A negative offset is the file's position.
ssize_t read_page_cache(int descriptor, std::span<const iovec> parts, std::int64_t offset) noexcept;

/// Writes into the page cache; otherwise the same.
ssize_t write_page_cache(int descriptor, std::span<const iovec> parts, std::int64_t offset) noexcept;

} // namespace weft::detail

#endif
