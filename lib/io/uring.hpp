// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_IO_URING_HPP
#define WEFT_LIB_IO_URING_HPP

#include <weft/io/detail/file_handle.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/uio.h>

namespace weft::detail
{

/// For fibers: one read or write through the io_uring of the running fiber's execution context. False if there is none:
/// it is not built in, the system refuses it, or it is full; nothing has happened then.
///
/// A wait that is cancelled, or too long, cancels the operation and waits for its end; what it has done is reported.
bool transfer_by_uring(int descriptor, file_handle::direction way, std::span<const iovec> parts, std::uint64_t offset,
                       std::size_t& count, boost::system::error_code& error);

} // namespace weft::detail

#endif
