// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_PIPE_HPP
#define WEFT_IO_PIPE_HPP

#include <weft/io/detail/beast_hooks.hpp>
#include <weft/io/detail/byte_stream.hpp>
#include <weft/io/stream_socket.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace weft
{

namespace detail
{

/// Both directions of a pipe.
class pipe_state;

} // namespace detail

/// One end of a pipe in memory: what is written here is read at the other end, and the other way round, as with a pair of
/// connected sockets, but without the kernel. Each direction holds a bounded number of bytes; when it is full, writing
/// waits. Meets Asio's `SyncReadStream` and `SyncWriteStream`. Its end closes it.
///
/// Blocks: `read_some` and `write_some`: the fiber, or the thread outside of fibers. The others: never.
/// Cancellation: at each of these two, `operation_aborted`; nothing is lost, because bytes are moved after the wait, not
/// in it. `close` by another fiber ends the waits of this end likewise.
/// Errors: `eof` when the other end has been closed, or has been shut down for sending, and everything has been read (the
/// throwing form returns 0); `broken_pipe` from writing when the other end has been closed; `bad_descriptor` when this end
/// has been; `timed_out` when the inherited deadline comes first.
/// Thread safety: at one end, one may read while another writes. The two ends may belong to different schedulers and
/// threads.
class pipe_end : public detail::stream_forms<pipe_end>
{
public:
    using stream_forms::read_some;
    using stream_forms::write_some;
    using lowest_layer_type = pipe_end;
    using executor_type = boost::asio::any_io_executor;
    using shutdown_type = boost::asio::socket_base::shutdown_type;
    using error_code = boost::system::error_code;

    /// A closed one.
    pipe_end() noexcept = default;
    pipe_end(pipe_end&& other) noexcept = default;
    pipe_end& operator=(pipe_end&& other) noexcept
    {
        pipe_end old(std::move(*this));
        state_ = std::move(other.state_);
        side_ = other.side_;
        return *this;
    }
    ~pipe_end()
    {
        close();
    }

    /// That of the running fiber, or the system's: a pipe belongs to nobody.
    executor_type get_executor() const
    {
        return detail::executor_of_caller();
    }
    lowest_layer_type& lowest_layer() noexcept
    {
        return *this;
    }

    /// Waits until there is something to read, and reads what is there.
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        return read(detail::buffer_array<boost::asio::mutable_buffer>(buffers).get(), error);
    }

    /// Waits until there is room, and writes what fits.
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        return write_once(detail::buffer_array<boost::asio::const_buffer>(buffers).get(), error);
    }

    /// Sending: the other end reads what there is, then the end of the stream. Receiving: what has not been read is
    /// dropped, and the other end's writes are `broken_pipe`.
    void shutdown(shutdown_type what, error_code& error) noexcept;
    void shutdown(shutdown_type what);

    /// The other end reads what there is and then the end; its writes are `broken_pipe`. Waits at this end are aborted.
    void close(error_code& error) noexcept
    {
        error = {};
        close();
    }
    void close() noexcept;

    /// False once closed, and for an end that belongs to no pipe.
    bool is_open() const noexcept;

    /// How many bytes can be read without a wait.
    std::size_t available() const noexcept;

private:
    friend std::pair<pipe_end, pipe_end> make_pipe(std::size_t capacity);

    pipe_end(std::shared_ptr<detail::pipe_state> state, int side) noexcept : state_(std::move(state)), side_(side) {}

    std::size_t read(detail::mutable_buffers into, error_code& error);
    std::size_t write_once(detail::const_buffers bytes, error_code& error);

    std::shared_ptr<detail::pipe_state> state_;
    int side_ = 0;
};

/// Two ends, connected to each other: `auto [client, server] = weft::make_pipe();`. `capacity` is how many bytes each
/// direction holds.
///
/// Errors: `invalid_argument` if that is 0, `std::bad_alloc`.
std::pair<pipe_end, pipe_end> make_pipe(std::size_t capacity = 65536);

} // namespace weft

#endif
