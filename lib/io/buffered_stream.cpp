// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/buffered_stream.hpp>

#include <boost/asio/error.hpp>

#include <algorithm>
#include <cstring>

namespace weft::detail
{

namespace
{

std::size_t checked(std::size_t capacity)
{
    if (capacity == 0)
    {
        throw_error(boost::asio::error::invalid_argument, "weft::buffered_stream: a capacity of 0");
    }
    return capacity;
}

void allocate(std::unique_ptr<char[]>& memory, std::size_t capacity)
{
    if (memory == nullptr)
    {
        memory = std::make_unique_for_overwrite<char[]>(capacity);
    }
}

} // namespace

read_ahead::read_ahead(std::size_t capacity) : capacity_(checked(capacity)) {}

void read_ahead::consume(std::size_t count) noexcept
{
    begin_ += std::min(count, end_ - begin_);
}

/// One read of the stream below, behind what is there. Not when there is no room.
void read_ahead::fill(byte_stream& from, boost::system::error_code& error)
{
    allocate(memory_, capacity_);
    if (begin_ != 0)
    {
        std::memmove(memory_.get(), memory_.get() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    const boost::asio::mutable_buffer room(memory_.get() + end_, capacity_ - end_);
    const auto count = from.read_some({&room, 1}, error);
    end_ += count;
}

std::size_t read_ahead::read_some(byte_stream& from, mutable_buffers into, boost::system::error_code& error)
{
    error = {};
    const auto wanted = boost::asio::buffer_size(into);
    if (begin_ == end_ && wanted != 0)
    {
        if (wanted >= capacity_)
        {
            return from.read_some(into, error);
        }
        fill(from, error);
    }
    const auto count = copy_into(into, memory_.get() + begin_, end_ - begin_);
    consume(count);
    return count;
}

std::string_view read_ahead::peek(byte_stream& from, std::size_t count, boost::system::error_code& error)
{
    error = {};
    if (count > capacity_)
    {
        error = boost::asio::error::message_size;
        return bytes();
    }
    while (end_ - begin_ < count && !error)
    {
        fill(from, error);
    }
    return bytes();
}

std::optional<std::string_view> read_ahead::read_line(byte_stream& from, boost::system::error_code& error)
{
    error = {};
    std::size_t searched = 0;
    for (;;)
    {
        auto line = bytes();
        const auto at = line.find('\n', searched);
        if (at != line.npos || (error == boost::asio::error::eof && !line.empty()))
        {
            error = {};
            line = line.substr(0, at);
            consume(at == bytes().npos ? line.size() : at + 1);
            if (line.ends_with('\r'))
            {
                line.remove_suffix(1);
            }
            return line;
        }
        if (error)
        {
            return std::nullopt;
        }
        searched = line.size();
        if (searched == capacity_)
        {
            error = boost::asio::error::message_size;
            return std::nullopt;
        }
        fill(from, error);
    }
}

write_behind::write_behind(std::size_t capacity) : capacity_(checked(capacity)) {}

std::size_t write_behind::write_some(byte_stream& to, const_buffers bytes, boost::system::error_code& error)
{
    error = {};
    if (end_ == capacity_)
    {
        flush(to, error);
        if (error)
        {
            return 0;
        }
    }
    if (size() == 0 && boost::asio::buffer_size(bytes) >= capacity_)
    {
        return to.write_some(bytes, error);
    }
    allocate(memory_, capacity_);
    const auto count = copy_out_of(bytes, memory_.get() + end_, capacity_ - end_);
    end_ += count;
    return count;
}

std::size_t write_behind::flush(byte_stream& to, boost::system::error_code& error)
{
    error = {};
    std::size_t total = 0;
    while (size() != 0 && !error)
    {
        const boost::asio::const_buffer rest(memory_.get() + begin_, size());
        const auto count = to.write_some({&rest, 1}, error);
        total += count;
        begin_ += count;
    }
    if (size() == 0)
    {
        begin_ = 0;
        end_ = 0;
    }
    return total;
}

} // namespace weft::detail
