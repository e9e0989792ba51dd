// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_COPY_HPP
#define WEFT_IO_COPY_HPP

#include <weft/io/detail/byte_stream.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>

namespace weft
{

namespace detail
{

std::size_t copy_all(byte_stream& from, byte_stream& to, boost::system::error_code& error);

} // namespace detail

/// Reads from `from` and writes to `to` until `from` has ended, which is no error. Returns how many bytes were written.
/// Neither stream is closed or shut down: who copies one direction of a connection then passes the end on with
/// `to.shutdown(shutdown_send)`, while the other direction goes on.
///
/// With an error, what had been read and not written, at most 32,768 bytes, is lost; all before it was written. An error
/// of `to` is found by writing to it, not while `from` is silent.
///
/// Blocks: the fiber, as the two streams do. Cancellation: as theirs. Errors: theirs; `std::bad_alloc`.
template <read_stream From, write_stream To>
std::size_t copy(From& from, To& to, boost::system::error_code& error)
{
    detail::stream_ref source(from);
    detail::stream_ref target(to);
    return detail::copy_all(source, target, error);
}
template <read_stream From, write_stream To>
std::size_t copy(From& from, To& to)
{
    boost::system::error_code error;
    const auto count = weft::copy(from, to, error);
    detail::throw_error(error, "copy");
    return count;
}

} // namespace weft

#endif
