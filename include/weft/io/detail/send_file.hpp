// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_SEND_FILE_HPP
#define WEFT_IO_DETAIL_SEND_FILE_HPP

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>

namespace weft::detail
{

/// One attempt: how much of the file went into the socket's buffer. 0 at the end of the file; `would_block` if there was
/// no room; `operation_not_supported` if the kernel cannot do it for this kind of file.
std::size_t send_file_in_kernel(int socket, int file, std::uint64_t offset, std::size_t count,
                                boost::system::error_code& error) noexcept;

/// The same by way of a buffer, for kernels and files without it.
std::size_t send_file_through_buffer(int socket, int file, std::uint64_t offset, std::size_t count,
                                     boost::system::error_code& error) noexcept;

using send_file_attempt = decltype(send_file_in_kernel);

/// All of it, with pauses until there is room. `preferred` is for tests.
std::size_t send_file(int socket, int file, std::uint64_t offset, std::size_t count, boost::system::error_code& error,
                      const std::function<void(boost::system::error_code&)>& wait_for_room,
                      send_file_attempt* preferred = send_file_in_kernel);

} // namespace weft::detail

#endif
