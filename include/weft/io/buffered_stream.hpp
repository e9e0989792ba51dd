// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_BUFFERED_STREAM_HPP
#define WEFT_IO_BUFFERED_STREAM_HPP

#include <weft/io/detail/beast_hooks.hpp>
#include <weft/io/detail/byte_stream.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weft
{

namespace detail
{

/// Bytes that were read from below and not asked for yet.
class read_ahead
{
public:
    explicit read_ahead(std::size_t capacity);

    std::size_t read_some(byte_stream& from, mutable_buffers into, boost::system::error_code& error);
    std::string_view peek(byte_stream& from, std::size_t count, boost::system::error_code& error);
    std::optional<std::string_view> read_line(byte_stream& from, boost::system::error_code& error);

    std::string_view bytes() const noexcept
    {
        return {memory_.get() + begin_, end_ - begin_};
    }
    void consume(std::size_t count) noexcept;

private:
    void fill(byte_stream& from, boost::system::error_code& error);

    std::unique_ptr<char[]> memory_; // from the first read on
    std::size_t capacity_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// Bytes that were accepted and not written below yet.
class write_behind
{
public:
    explicit write_behind(std::size_t capacity);

    std::size_t write_some(byte_stream& to, const_buffers bytes, boost::system::error_code& error);
    std::size_t flush(byte_stream& to, boost::system::error_code& error);

    std::size_t size() const noexcept
    {
        return end_ - begin_;
    }

private:
    std::unique_ptr<char[]> memory_; // from the first write on
    std::size_t capacity_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

} // namespace detail

/// A stream with memory between: it reads ahead, so that one can peek and read lines, and it gathers small writes until
/// `flush`. `Next` is the stream below, or a reference to it. Meets Asio's `SyncReadStream` and `SyncWriteStream`; each
/// side's memory exists from its first use on.
///
/// What has not been flushed when it ends is not written: its destructor could not say that this has failed. Reading does
/// not flush: who asks a question and waits for the answer flushes in between.
///
/// Blocks: the fiber, as `Next` does, when the bytes that are asked for are not there yet, or when there is no more room.
/// Cancellation: as `Next`. Nothing is lost: what was read ahead stays for the next call, and what was not flushed is
/// written by the next flush.
/// Errors: those of `Next`.
/// Thread safety: one fiber may read while another writes, if `Next` allows that.
template <class Next>
class buffered_stream : public detail::stream_forms<buffered_stream<Next>>
{
    using forms = detail::stream_forms<buffered_stream<Next>>;

public:
    using forms::read_some;
    using forms::write_some;
    using next_layer_type = std::remove_reference_t<Next>;
    using executor_type = boost::asio::any_io_executor;
    using error_code = boost::system::error_code;

    /// Of each side's memory, in bytes.
    static constexpr std::size_t default_capacity = 8192;

    /// Sizes in bytes. Errors: `invalid_argument` if one is 0.
    explicit buffered_stream(Next next, std::size_t read_capacity = default_capacity,
                             std::size_t write_capacity = default_capacity)
        : next_(std::forward<Next>(next)), ahead_(read_capacity), behind_(write_capacity)
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

    /// What is there already, or else what one read of the stream below gives.
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        detail::stream_ref below(next_);
        return ahead_.read_some(below, detail::buffer_array<boost::asio::mutable_buffer>(buffers).get(), error);
    }
    /// At least the next `count` bytes, which stay to be read; fewer only with an error, such as `eof`. Valid until
    /// something is read. Errors: `message_size` if `count` is more than the capacity.
    std::string_view peek(std::size_t count, error_code& error)
    {
        detail::stream_ref below(next_);
        return ahead_.peek(below, count, error);
    }
    /// Fewer at the end of the stream only.
    std::string_view peek(std::size_t count)
    {
        error_code error;
        const auto bytes = peek(count, error);
        detail::throw_unless_end(error, "peek");
        return bytes;
    }

    /// The next line without its end, "\n" or "\r\n"; the last one may lack it. None with an error, and at the end of the
    /// stream, which is `eof`. Valid until something else is read. Errors: `message_size` if the line does not fit into the
    /// capacity; it stays to be read.
    std::optional<std::string_view> read_line(error_code& error)
    {
        detail::stream_ref below(next_);
        return ahead_.read_line(below, error);
    }
    std::optional<std::string_view> read_line()
    {
        error_code error;
        const auto line = read_line(error);
        detail::throw_unless_end(error, "read_line");
        return line;
    }

    /// What was read ahead, without a wait.
    std::string_view buffered() const noexcept
    {
        return ahead_.bytes();
    }
    /// Drops the first `count` bytes of that, or all if there are fewer.
    void consume(std::size_t count) noexcept
    {
        ahead_.consume(count);
    }

    /// Takes what fits, at least one byte; flushes first when nothing fits.
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        detail::stream_ref below(next_);
        return behind_.write_some(below, detail::buffer_array<boost::asio::const_buffer>(buffers).get(), error);
    }
    /// Writes all that was taken. Returns how many bytes were written below; with an error the rest stays, and another
    /// flush goes on with it.
    std::size_t flush(error_code& error)
    {
        detail::stream_ref below(next_);
        return behind_.flush(below, error);
    }
    std::size_t flush()
    {
        error_code error;
        const auto count = flush(error);
        detail::throw_error(error, "flush");
        return count;
    }

    /// How many bytes wait for a flush.
    std::size_t unflushed() const noexcept
    {
        return behind_.size();
    }

private:
    Next next_;
    detail::read_ahead ahead_;
    detail::write_behind behind_;
};

} // namespace weft

#endif
