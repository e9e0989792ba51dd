// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_STREAM_SOCKET_HPP
#define WEFT_IO_STREAM_SOCKET_HPP

#include <weft/fiber/this_fiber.hpp>
#include <weft/io/use_fiber.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <cstddef>
#include <utility>

namespace weft
{

/// The executor of the running fiber's scheduler, for I/O objects that are made in it.
/// Errors: `operation_not_permitted` outside of fibers.
boost::asio::any_io_executor this_executor();

namespace detail
{

/// Throws `system_error` if there is an error.
void throw_error(const boost::system::error_code& error, const char* what);

/// Blocks the thread until the descriptor is ready. Asio's own call gives up at once on a socket in non-blocking mode.
void wait_as_thread(int descriptor, boost::asio::socket_base::wait_type what, boost::system::error_code& error);

} // namespace detail

/// A stream socket whose calls wait with the fiber. It meets Asio's `SyncReadStream` and `SyncWriteStream`, so that
/// `asio::read`, `asio::write`, `asio::read_until` and what is built on them work on it and wait with the fiber.
///
/// Each call that can fail has two forms: one fills an `error_code`, the other throws `system_error`. End of stream is
/// not thrown: `read_some` returns 0 instead, as `read(2)` does; the `error_code` form says `asio::error::eof`, so that
/// Asio's algorithms stop. Once seen, the end of the stream is remembered.
///
/// Outside of fibers the same calls block the thread.
///
/// Blocks: `connect`, `read_some`, `write_some` and `wait`: the fiber. The others: never.
/// Cancellation: at each of these four, `operation_aborted`; bytes that have been transferred are reported, not lost.
/// `close`, `cancel` or `shutdown` by another fiber ends the waits of the first too.
/// Errors: those of the system; `timed_out` when the inherited deadline comes first. A write to a peer that has gone is
/// `broken_pipe` or `connection_reset`; there is no SIGPIPE.
/// Thread safety: none for one socket, except that one fiber may read while another writes, on the same scheduler.
template <class Protocol>
class basic_stream_socket
{
public:
    using next_layer_type = boost::asio::basic_stream_socket<Protocol>;
    using lowest_layer_type = typename next_layer_type::lowest_layer_type;
    using executor_type = boost::asio::any_io_executor;
    using protocol_type = Protocol;
    using endpoint_type = typename Protocol::endpoint;
    using wait_type = boost::asio::socket_base::wait_type;
    using shutdown_type = boost::asio::socket_base::shutdown_type;
    using error_code = boost::system::error_code;

    /// A closed socket on the running fiber's scheduler. Errors: `operation_not_permitted` outside of fibers.
    basic_stream_socket() : basic_stream_socket(this_executor()) {}

    explicit basic_stream_socket(executor_type executor) : socket_(std::move(executor)) {}

    /// Takes over an open or closed socket of Asio. No operation may be pending on it.
    explicit basic_stream_socket(next_layer_type&& socket) : socket_(std::move(socket))
    {
        prepare();
    }

    basic_stream_socket(basic_stream_socket&&) = default;
    basic_stream_socket& operator=(basic_stream_socket&&) = default;

    executor_type get_executor() noexcept
    {
        return socket_.get_executor();
    }

    /// The socket of Asio below. It is in non-blocking mode while it is open.
    next_layer_type& next_layer() noexcept
    {
        return socket_;
    }
    lowest_layer_type& lowest_layer() noexcept
    {
        return socket_.lowest_layer();
    }

    /// Opens the socket if it is closed, and connects it.
    void connect(const endpoint_type& peer, error_code& error)
    {
        ended_ = false;
        if (!socket_.is_open())
        {
            socket_.open(peer.protocol(), error);
            if (error)
            {
                return;
            }
        }
        prepare();
        if (this_fiber::is_fiber())
        {
            socket_.async_connect(peer, boost::asio::redirect_error(use_fiber, error));
            return;
        }
        error = detail::blocking_error();
        if (error)
        {
            return;
        }
        socket_.non_blocking(false, error);
        socket_.connect(peer, error);
        prepare();
    }
    void connect(const endpoint_type& peer)
    {
        error_code error;
        connect(peer, error);
        detail::throw_error(error, "connect");
    }

    /// Waits until there is something to read, and reads what is there: at least one byte, unless the stream has ended
    /// or `buffers` is empty.
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        error = {};
        if (ended_)
        {
            error = boost::asio::error::eof;
            return 0;
        }
        std::size_t count = 0;
        if (this_fiber::is_fiber())
        {
            count = socket_.async_read_some(buffers, boost::asio::redirect_error(use_fiber, error));
        }
        else
        {
            count =
                repeat_blocking(next_layer_type::wait_read, error, [&] { return socket_.read_some(buffers, error); });
        }
        ended_ = error == boost::asio::error::eof;
        return count;
    }
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers)
    {
        error_code error;
        const auto count = read_some(buffers, error);
        if (error != boost::asio::error::eof)
        {
            detail::throw_error(error, "read_some");
        }
        return count;
    }

    /// Writes as much as fits into the socket's buffer, waiting until that is at least one byte. Tries at once; goes
    /// through the reactor only when it would block. `asio::write` writes all.
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        if (!this_fiber::is_fiber())
        {
            return repeat_blocking(next_layer_type::wait_write, error,
                                   [&] { return socket_.write_some(buffers, error); });
        }
        const auto count = attempt(error, [&] { return socket_.write_some(buffers, error); });
        if (!would_block(error)) [[likely]]
        {
            return count;
        }
        return socket_.async_write_some(buffers, boost::asio::redirect_error(use_fiber, error));
    }
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers)
    {
        error_code error;
        const auto count = write_some(buffers, error);
        detail::throw_error(error, "write_some");
        return count;
    }

    /// Writes all of `buffers`. Returns how many bytes were written, which is less only with an error.
    template <class ConstBuffers>
    std::size_t write(const ConstBuffers& buffers, error_code& error)
    {
        return boost::asio::write(*this, buffers, error);
    }
    template <class ConstBuffers>
    std::size_t write(const ConstBuffers& buffers)
    {
        return boost::asio::write(*this, buffers);
    }

    /// Waits until the socket is ready to read, ready to write, or has an error pending.
    void wait(wait_type what, error_code& error)
    {
        error = {};
        if (this_fiber::is_fiber())
        {
            socket_.async_wait(what, boost::asio::redirect_error(use_fiber, error));
        }
        else
        {
            detail::wait_as_thread(native_handle(), what, error);
        }
    }
    void wait(wait_type what)
    {
        error_code error;
        wait(what, error);
        detail::throw_error(error, "wait");
    }

    void shutdown(shutdown_type what, error_code& error)
    {
        socket_.shutdown(what, error);
    }
    void shutdown(shutdown_type what)
    {
        socket_.shutdown(what);
    }

    /// Waits in other fibers end with `operation_aborted`.
    void close(error_code& error)
    {
        socket_.close(error);
    }
    void close()
    {
        socket_.close();
    }

    /// Ends all waits on this socket with `operation_aborted`.
    void cancel(error_code& error)
    {
        socket_.cancel(error);
    }
    void cancel()
    {
        socket_.cancel();
    }

    bool is_open() const noexcept
    {
        return socket_.is_open();
    }
    typename next_layer_type::native_handle_type native_handle()
    {
        return socket_.native_handle();
    }
    std::size_t available() const
    {
        return socket_.available();
    }
    endpoint_type local_endpoint() const
    {
        return socket_.local_endpoint();
    }
    endpoint_type remote_endpoint() const
    {
        return socket_.remote_endpoint();
    }
    template <class Option>
    void set_option(const Option& option)
    {
        socket_.set_option(option);
    }
    template <class Option>
    void get_option(Option& option) const
    {
        socket_.get_option(option);
    }

private:
    // One system call per socket, which the first asynchronous operation would make otherwise.
    void prepare()
    {
        if (socket_.is_open() && !socket_.non_blocking())
        {
            socket_.non_blocking(true);
        }
    }

    static bool would_block(const error_code& error) noexcept
    {
        return error == boost::asio::error::would_block || error == boost::asio::error::try_again;
    }

    /// Makes a call that does not block, unless the fiber is to end.
    template <class Call>
    static std::size_t attempt(error_code& error, Call call)
    {
        this_fiber::cancellation_point(error);
        return error ? 0 : call();
    }

    template <class Call>
    std::size_t repeat_blocking(wait_type what, error_code& error, Call call)
    {
        for (;;)
        {
            const std::size_t count = call();
            if (!would_block(error))
            {
                return count;
            }
            detail::wait_as_thread(native_handle(), what, error);
            if (error)
            {
                return 0;
            }
        }
    }

    next_layer_type socket_;
    bool ended_ = false;
};

} // namespace weft

#endif
