// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_LIB_TLS_TRANSPORT_HPP
#define WEFT_LIB_TLS_TRANSPORT_HPP

#include <weft/fiber/wait_queue.hpp>
#include <weft/io/detail/byte_stream.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace weft::tls::detail
{

/// What `asio::ssl::stream` sees of the stream below. It has one buffer for what goes out, which it fills anew when another
/// fiber makes it send something: a second writer, a notice of the end, an alert. So everything is copied here before
/// anybody waits, and goes out in order, also what a cancelled write has left.
class transport
{
public:
    using lowest_layer_type = transport;
    using executor_type = boost::asio::any_io_executor;
    using error_code = boost::system::error_code;

    transport(weft::detail::byte_stream& below, const executor_type& executor);

    executor_type get_executor() const noexcept
    {
        return executor_;
    }
    lowest_layer_type& lowest_layer() noexcept
    {
        return *this;
    }

    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        return read(*boost::asio::buffer_sequence_begin(buffers), error);
    }

    /// Takes all of it.
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        const auto end = boost::asio::buffer_sequence_end(buffers);
        for (auto next = boost::asio::buffer_sequence_begin(buffers); next != end; ++next)
        {
            const boost::asio::const_buffer one(*next);
            append(one);
        }
        send(error);
        return boost::asio::buffer_size(buffers);
    }

private:
    friend class input_refusal;
    struct outgoing;

    std::size_t read(boost::asio::mutable_buffer into, error_code& error);
    void append(boost::asio::const_buffer bytes);
    void send(error_code& error);

    weft::detail::byte_stream* below_;
    executor_type executor_;
    std::shared_ptr<outgoing> outgoing_;
};

/// While it is there, the fiber that made it gets `already_started` instead of input.
class input_refusal
{
public:
    input_refusal(transport& which, bool wanted);
    ~input_refusal();
    input_refusal(const input_refusal&) = delete;
    input_refusal& operator=(const input_refusal&) = delete;

private:
    transport& which_;
    const void* const former_;
};

} // namespace weft::tls::detail

#endif
