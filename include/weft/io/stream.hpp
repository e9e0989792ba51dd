// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_STREAM_HPP
#define WEFT_IO_STREAM_HPP

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <concepts>
#include <cstddef>

namespace weft
{

/// What Asio calls a SyncReadStream: bytes can be read from it, and the call waits. At the end of the stream the form with
/// an `error_code` says `asio::error::eof`; weft's own streams return 0 in the form that throws.
template <class S>
concept read_stream = requires(S& source, boost::asio::mutable_buffer into, boost::system::error_code& error) {
    { source.read_some(into) } -> std::convertible_to<std::size_t>;
    { source.read_some(into, error) } -> std::convertible_to<std::size_t>;
};

/// What Asio calls a SyncWriteStream.
template <class S>
concept write_stream = requires(S& target, boost::asio::const_buffer bytes, boost::system::error_code& error) {
    { target.write_some(bytes) } -> std::convertible_to<std::size_t>;
    { target.write_some(bytes, error) } -> std::convertible_to<std::size_t>;
};

/// Both: sockets, ends of a pipe, TLS, `any_stream`, and the streams of Asio and Beast.
template <class S>
concept stream = read_stream<S> && write_stream<S>;

} // namespace weft

#endif
