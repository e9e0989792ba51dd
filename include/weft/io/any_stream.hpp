// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_ANY_STREAM_HPP
#define WEFT_IO_ANY_STREAM_HPP

#include <weft/io/detail/beast_hooks.hpp>
#include <weft/io/detail/byte_stream.hpp>
#include <weft/io/stream.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace weft
{

namespace detail
{

/// What `any_stream` holds.
class owned_stream : public byte_stream
{
public:
    virtual ~owned_stream() = default;

    virtual boost::asio::any_io_executor get_executor() = 0;
    virtual void shutdown(boost::asio::socket_base::shutdown_type what, boost::system::error_code& error) = 0;
    virtual void close(boost::system::error_code& error) = 0;
    virtual void* target(const std::type_info& type) noexcept = 0;
};

template <class S>
class owned_stream_of final : public owned_stream
{
public:
    template <class... Args>
    explicit owned_stream_of(Args&&... args) : stream_(std::forward<Args>(args)...)
    {
    }

    std::size_t read_some(mutable_buffers into, boost::system::error_code& error) override
    {
        return stream_.read_some(into, error);
    }
    std::size_t write_some(const_buffers bytes, boost::system::error_code& error) override
    {
        return stream_.write_some(bytes, error);
    }
    boost::asio::any_io_executor get_executor() override
    {
        if constexpr (requires { boost::asio::any_io_executor(stream_.get_executor()); })
        {
            return stream_.get_executor();
        }
        else
        {
            return executor_of_caller();
        }
    }
    void shutdown(boost::asio::socket_base::shutdown_type what, boost::system::error_code& error) override
    {
        if constexpr (has_half_close<S>)
        {
            stream_.shutdown(what, error);
        }
        else
        {
            static_cast<void>(what);
            error = boost::asio::error::operation_not_supported;
        }
    }
    void close(boost::system::error_code& error) override
    {
        if constexpr (has_close<S>)
        {
            stream_.close(error);
        }
        else
        {
            error = boost::asio::error::operation_not_supported;
        }
    }
    void* target(const std::type_info& type) noexcept override
    {
        return type == typeid(S) ? std::addressof(stream_) : nullptr;
    }

private:
    S stream_;
};

} // namespace detail

/// Any `stream` behind one type: a socket, TLS, one end of a pipe, a stack of wrappers. It costs one allocation and an
/// indirect call for each `read_some` and `write_some`, which pass on the first 16 buffers of a sequence.
///
/// Blocks, Cancellation: as the stream in it.
/// Errors: those of the stream in it; `bad_descriptor` when there is none; `operation_not_supported` for `shutdown` and
/// `close` if the stream in it has no such call. End of stream is not thrown: `read_some` returns 0 instead.
/// Thread safety: that of the stream in it.
class any_stream : public detail::stream_forms<any_stream>
{
public:
    using stream_forms::read_some;
    using stream_forms::write_some;
    using lowest_layer_type = any_stream;
    using executor_type = boost::asio::any_io_executor;
    using shutdown_type = boost::asio::socket_base::shutdown_type;
    using error_code = boost::system::error_code;

    /// Holds nothing.
    any_stream() noexcept = default;

    template <class S>
        requires(!std::is_same_v<std::remove_cvref_t<S>, any_stream> && stream<std::remove_cvref_t<S>>)
    explicit any_stream(S&& which) : any_stream(std::in_place_type<std::remove_cvref_t<S>>, std::forward<S>(which))
    {
    }

    /// Makes the stream in place, for those that cannot be moved. `S` may be a reference type: then it is not owned.
    template <class S, class... Args>
    explicit any_stream(std::in_place_type_t<S>, Args&&... args)
        : stream_(std::make_unique<detail::owned_stream_of<S>>(std::forward<Args>(args)...))
    {
    }

    /// Whether there is a stream in it.
    explicit operator bool() const noexcept
    {
        return stream_ != nullptr;
    }

    /// The stream in it if that is of type `S`; else null.
    template <class S>
    S* target() noexcept
    {
        return stream_ != nullptr ? static_cast<S*>(stream_->target(typeid(S))) : nullptr;
    }

    executor_type get_executor()
    {
        return stream_ != nullptr ? stream_->get_executor() : detail::executor_of_caller();
    }
    lowest_layer_type& lowest_layer() noexcept
    {
        return *this;
    }

    /// As the stream in it. Blocks: the fiber. Errors: also `bad_descriptor` if there is none.
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        return read(detail::buffer_array<boost::asio::mutable_buffer>(buffers).get(), error);
    }
    /// As the stream in it. Blocks: the fiber. Errors: also `bad_descriptor` if there is none.
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        return write_once(detail::buffer_array<boost::asio::const_buffer>(buffers).get(), error);
    }
    /// As the stream in it. Errors: `operation_not_supported` if that cannot.
    void shutdown(shutdown_type what, error_code& error);
    void shutdown(shutdown_type what);
    /// As the stream in it. Errors: `operation_not_supported` if that cannot.
    void close(error_code& error);
    void close();

private:
    std::size_t read(detail::mutable_buffers into, error_code& error);
    std::size_t write_once(detail::const_buffers bytes, error_code& error);

    std::unique_ptr<detail::owned_stream> stream_;
};

} // namespace weft

#endif
