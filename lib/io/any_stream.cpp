// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/io/any_stream.hpp>

namespace weft
{

std::size_t any_stream::read(detail::mutable_buffers into, error_code& error)
{
    error = {};
    if (stream_ == nullptr)
    {
        error = boost::asio::error::bad_descriptor;
        return 0;
    }
    return stream_->read_some(into, error);
}

std::size_t any_stream::write_once(detail::const_buffers bytes, error_code& error)
{
    error = {};
    if (stream_ == nullptr)
    {
        error = boost::asio::error::bad_descriptor;
        return 0;
    }
    return stream_->write_some(bytes, error);
}

void any_stream::shutdown(shutdown_type what, error_code& error)
{
    error = boost::asio::error::bad_descriptor;
    if (stream_ != nullptr)
    {
        error = {};
        stream_->shutdown(what, error);
    }
}

void any_stream::shutdown(shutdown_type what)
{
    error_code error;
    shutdown(what, error);
    detail::throw_error(error, "shutdown");
}

void any_stream::close(error_code& error)
{
    error = {};
    if (stream_ != nullptr)
    {
        stream_->close(error);
    }
}

void any_stream::close()
{
    error_code error;
    close(error);
    detail::throw_error(error, "close");
}

} // namespace weft
