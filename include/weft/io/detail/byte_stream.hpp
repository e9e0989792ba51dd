// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_BYTE_STREAM_HPP
#define WEFT_IO_DETAIL_BYTE_STREAM_HPP

#include <weft/io/detail/stream_forms.hpp>
#include <weft/io/stream.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>

namespace weft::detail
{

using mutable_buffers = std::span<const boost::asio::mutable_buffer>;
using const_buffers = std::span<const boost::asio::const_buffer>;

/// The executor of the running fiber, or, outside of fibers, the system's.
boost::asio::any_io_executor executor_of_caller();

/// The first buffers of a sequence that are not empty, as many as one call moves.
template <class Buffer>
class buffer_array
{
public:
    template <class Buffers>
    explicit buffer_array(const Buffers& all)
    {
        const auto end = boost::asio::buffer_sequence_end(all);
        for (auto next = boost::asio::buffer_sequence_begin(all); next != end && count_ < most; ++next)
        {
            const Buffer one(*next);
            if (one.size() != 0)
            {
                buffers_[count_++] = one;
            }
        }
    }

    std::span<const Buffer> get() const noexcept
    {
        return {buffers_.data(), count_};
    }

private:
    static constexpr std::size_t most = 16;

    std::array<Buffer, most> buffers_;
    std::size_t count_ = 0;
};

/// Copies as much as there is room for, and returns how many bytes that were.
std::size_t copy_into(mutable_buffers to, const void* from, std::size_t size) noexcept;
std::size_t copy_out_of(const_buffers from, void* to, std::size_t size) noexcept;

/// A stream of bytes behind a table of functions, so that what works on it is compiled once.
class byte_stream
{
public:
    virtual std::size_t read_some(mutable_buffers into, boost::system::error_code& error) = 0;
    virtual std::size_t write_some(const_buffers bytes, boost::system::error_code& error) = 0;

protected:
    byte_stream() = default;
    byte_stream(const byte_stream&) = default;
    byte_stream& operator=(const byte_stream&) = default;
    ~byte_stream() = default;
};

/// Somebody else's stream as one. What a stream cannot do is `operation_not_supported`.
template <class S>
class stream_ref final : public byte_stream
{
public:
    explicit stream_ref(S& stream) noexcept : stream_(stream) {}

    std::size_t read_some(mutable_buffers into, boost::system::error_code& error) override
    {
        if constexpr (read_stream<S>)
        {
            return stream_.read_some(into, error);
        }
        else
        {
            error = boost::asio::error::operation_not_supported;
            return 0;
        }
    }
    std::size_t write_some(const_buffers bytes, boost::system::error_code& error) override
    {
        if constexpr (write_stream<S>)
        {
            return stream_.write_some(bytes, error);
        }
        else
        {
            error = boost::asio::error::operation_not_supported;
            return 0;
        }
    }

private:
    S& stream_;
};

/// Writes all of it, unless there is an error; returns how many bytes were written.
std::size_t write_all(byte_stream& to, boost::asio::const_buffer bytes, boost::system::error_code& error);

template <class S>
concept has_half_close = requires(S& stream, boost::asio::socket_base::shutdown_type what,
                                  boost::system::error_code& error) { stream.shutdown(what, error); };

template <class S>
concept has_close = requires(S& stream, boost::system::error_code& error) { stream.close(error); };

} // namespace weft::detail

#endif
