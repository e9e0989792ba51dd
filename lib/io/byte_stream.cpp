// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/fiber/this_fiber.hpp>
#include <weft/io/detail/byte_stream.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/asio/system_executor.hpp>

namespace weft::detail
{

boost::asio::any_io_executor executor_of_caller()
{
    const auto core = current_core();
    return core != nullptr ? core->get_executor() : boost::asio::any_io_executor(boost::asio::system_executor());
}

std::size_t copy_into(mutable_buffers to, const void* from, std::size_t size) noexcept
{
    return boost::asio::buffer_copy(to, boost::asio::const_buffer(from, size));
}

std::size_t copy_out_of(const_buffers from, void* to, std::size_t size) noexcept
{
    return boost::asio::buffer_copy(boost::asio::mutable_buffer(to, size), from);
}

std::size_t write_all(byte_stream& to, boost::asio::const_buffer bytes, boost::system::error_code& error)
{
    error = {};
    std::size_t total = 0;
    while (bytes.size() != 0 && !error)
    {
        const auto count = to.write_some({&bytes, 1}, error);
        total += count;
        bytes += count;
    }
    return total;
}

} // namespace weft::detail
