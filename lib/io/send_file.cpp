// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/this_fiber.hpp>
#include <weft/io/detail/io_object.hpp>
#include <weft/io/detail/send_file.hpp>

#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

namespace weft::detail
{

std::size_t send_file_through_buffer(int socket, int file, std::uint64_t offset, std::size_t count,
                                     boost::system::error_code& error) noexcept
{
    std::array<char, 8192> buffer; // on the fiber's stack
    const auto got = ::pread(file, buffer.data(), std::min(count, buffer.size()), static_cast<off_t>(offset));
    const auto sent = got > 0 ? ::send(socket, buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL) : got;
    error = {};
    if (sent < 0)
    {
        error.assign(errno, boost::system::system_category());
        return 0;
    }
    return static_cast<std::size_t>(sent);
}

std::size_t send_file(int socket, int file, std::uint64_t offset, std::size_t count, boost::system::error_code& error,
                      const std::function<void(boost::system::error_code&)>& wait_for_room,
                      send_file_attempt* preferred)
{
    std::size_t written = 0;
    auto attempt = preferred;
    for (;;)
    {
        begin_call(error);
        if (error || written == count)
        {
            return written;
        }
        const auto sent = attempt(socket, file, offset + written, count - written, error);
        written += sent;
        if (error == boost::system::errc::operation_not_supported && attempt != send_file_through_buffer)
        {
            attempt = send_file_through_buffer;
        }
        else if (would_block(error))
        {
            wait_for_room(error);
            if (error)
            {
                return written;
            }
        }
        else if (error != boost::asio::error::interrupted && (error || sent == 0))
        {
            return written;
        }
    }
}

} // namespace weft::detail
