// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/copy.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <memory>

namespace weft::detail
{

std::size_t copy_all(byte_stream& from, byte_stream& to, boost::system::error_code& error)
{
    constexpr std::size_t piece = 32768;
    const auto memory = std::make_unique_for_overwrite<char[]>(piece);
    const boost::asio::mutable_buffer room(memory.get(), piece);
    error = {};
    std::size_t total = 0;
    for (;;)
    {
        boost::system::error_code reading;
        const auto count = from.read_some({&room, 1}, reading);
        total += write_all(to, boost::asio::const_buffer(memory.get(), count), error);
        if (error || reading)
        {
            if (!error && reading != boost::asio::error::eof)
            {
                error = reading;
            }
            return total;
        }
    }
}

} // namespace weft::detail
