// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_TEE_HPP
#define WEFT_IO_TEE_HPP

#include <weft/io/detail/byte_stream.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace weft
{

/// Which bytes a `tee` copies.
enum class tee_what
{
    reads,
    writes,
    both
};

/// A stream that passes everything on to and from `Next`, and writes what has been transferred to `Copy` too: a record of
/// a conversation, a check sum on the way. Both may be reference types. Of several fibers at once, only one per direction,
/// and with `both` only one.
///
/// Blocks, Cancellation: as the two streams.
/// Errors: those of `Next`; those of writing the copy come with the number of bytes that `Next` has transferred, which are
/// not lost by that.
template <class Next, class Copy>
class tee
{
public:
    using next_layer_type = std::remove_reference_t<Next>;
    using executor_type = boost::asio::any_io_executor;
    using error_code = boost::system::error_code;

    /// Passes `next`'s bytes on and writes those that `what` names to `copy`, too.
    tee(Next next, Copy copy, tee_what what = tee_what::both)
        : next_(std::forward<Next>(next)), copy_(std::forward<Copy>(copy)), what_(what)
    {
    }

    next_layer_type& next_layer() noexcept
    {
        return next_;
    }
    executor_type get_executor()
        requires requires(next_layer_type& next) { next.get_executor(); }
    {
        return next_.get_executor();
    }

    /// As the stream below. Errors: those of the copy come with the number of bytes that were read.
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        const auto count = next_.read_some(buffers, error);
        if (what_ != tee_what::writes)
        {
            record(buffers, count, error);
        }
        return count;
    }
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers)
    {
        error_code error;
        const auto count = read_some(buffers, error);
        detail::throw_unless_end(error, "read_some");
        return count;
    }

    /// As the stream below. Errors: those of the copy come with the number of bytes that were written.
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        const auto count = next_.write_some(buffers, error);
        if (what_ != tee_what::reads)
        {
            record(buffers, count, error);
        }
        return count;
    }
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers)
    {
        error_code error;
        const auto count = write_some(buffers, error);
        detail::throw_error(error, "write_some");
        return count;
    }

private:
    template <class Buffers>
    void record(const Buffers& buffers, std::size_t count, error_code& error)
    {
        if (count != 0)
        {
            error_code of_copy;
            boost::asio::write(copy_, buffers, boost::asio::transfer_exactly(count), of_copy);
            if (!error)
            {
                error = of_copy;
            }
        }
    }

    Next next_;
    Copy copy_;
    const tee_what what_;
};

} // namespace weft

#endif
