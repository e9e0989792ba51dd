// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_STREAM_SOCKET_HPP
#define WEFT_IO_STREAM_SOCKET_HPP

#include <weft/io/detail/connected_object.hpp>
#include <weft/io/detail/send_file.hpp>
#include <weft/io/detail/stream_forms.hpp>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace weft
{

/// A stream socket whose calls wait with the fiber. It meets Asio's `SyncReadStream` and `SyncWriteStream`, so that
/// `asio::read`, `asio::write`, `asio::read_until` and what is built on them work on it and wait with the fiber.
///
/// Each call that can fail has two forms: one fills an `error_code`, the other throws `system_error`. End of stream is
/// not thrown: `read_some` returns 0 instead, as `read(2)` does; the `error_code` form says `asio::error::eof`, so that
/// Asio's algorithms stop. Once seen, the end of the stream is remembered.
///
/// Outside of fibers the same calls block the thread.
///
/// Blocks: `connect`, `wait` and all that read or write: the fiber. The others: never.
/// Cancellation: at each of these, `operation_aborted`; bytes that have been transferred are reported, not lost.
/// `close`, `cancel` or `shutdown` by another fiber ends the waits of the first too.
/// Errors: those of the system; `timed_out` when the inherited deadline comes first. A write to a peer that has gone is
/// `broken_pipe` or `connection_reset`; there is no SIGPIPE.
/// Thread safety: none for one socket, except that one fiber may read while another writes, on the same scheduler.
template <class Protocol>
class basic_stream_socket : public detail::connected_object<boost::asio::basic_stream_socket<Protocol>>,
                            public detail::stream_forms<basic_stream_socket<Protocol>>
{
    using base = detail::connected_object<boost::asio::basic_stream_socket<Protocol>>;
    using forms = detail::stream_forms<basic_stream_socket<Protocol>>;

public:
    using typename base::error_code;
    using typename base::next_layer_type;

    using base::base;
    using forms::read_some;
    using forms::write_some;

    /// Waits until there is something to read, and reads what is there: at least one byte, unless the stream has ended
    /// or `buffers` is empty. After a write, the other ready fibers run first.
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        return this->until_end(error, [&] {
            const auto call = [&] { return object_.read_some(buffers, error); };
            const auto start = [&](auto token) { return object_.async_read_some(buffers, token); };
            // What answers a message comes after a while. If others can run meanwhile, it is probably there afterwards, and
            // one system call does; otherwise an attempt before the wait would be one for nothing.
            const auto has_written = std::exchange(has_written_, false);
            return has_written && detail::let_others_run()
                       ? this->transfer_at_once(next_layer_type::wait_read, error, call, start)
                       : this->transfer(next_layer_type::wait_read, error, call, start);
        });
    }

    /// As `read_some`, and what was read stays there for the next call.
    template <class MutableBuffers>
    std::size_t peek(const MutableBuffers& buffers, error_code& error)
    {
        return this->until_end(error, [&] {
            detail::begin_call(error);
            return error ? 0 : this->repeat(next_layer_type::wait_read, error, [&] {
                return object_.receive(buffers, next_layer_type::message_peek, error);
            });
        });
    }
    template <class MutableBuffers>
    std::size_t peek(const MutableBuffers& buffers)
    {
        error_code error;
        const auto count = peek(buffers, error);
        detail::throw_unless_end(error, "peek");
        return count;
    }

    /// Fills all of `buffers`. If the stream ends before that, that is an error: `eof`, in both forms. Returns how many
    /// bytes were read, which is less only with an error.
    template <class MutableBuffers>
    std::size_t read(const MutableBuffers& buffers, error_code& error)
    {
        return boost::asio::read(*this, buffers, error);
    }
    template <class MutableBuffers>
    std::size_t read(const MutableBuffers& buffers)
    {
        return boost::asio::read(*this, buffers);
    }

    /// Reads until `least` bytes are there, or `buffers` is full, and takes what else has come. Otherwise as `read`.
    template <class MutableBuffers>
    std::size_t read_at_least(const MutableBuffers& buffers, std::size_t least, error_code& error)
    {
        return boost::asio::read(*this, buffers, boost::asio::transfer_at_least(least), error);
    }
    template <class MutableBuffers>
    std::size_t read_at_least(const MutableBuffers& buffers, std::size_t least)
    {
        return boost::asio::read(*this, buffers, boost::asio::transfer_at_least(least));
    }

    /// Appends to `data` until it contains `end`, and returns where that is over: `end` is the last of so many bytes. What
    /// has come behind it is in `data` too, and is looked at first by the next call: `data.erase(0, count)` in between.
    ///
    /// Errors: `eof` if the stream ends before; `not_found` if `data` has `longest` bytes and no `end`, so that a peer
    /// cannot fill the memory. What was read stays in `data`.
    std::size_t read_until(std::string& data, std::string_view end, std::size_t longest, error_code& error)
    {
        return boost::asio::read_until(*this, boost::asio::dynamic_buffer(data, longest), end, error);
    }
    std::size_t read_until(std::string& data, std::string_view end, std::size_t longest)
    {
        return boost::asio::read_until(*this, boost::asio::dynamic_buffer(data, longest), end);
    }

    /// Writes as much as fits into the socket's buffer, waiting until that is at least one byte. Tries at once; goes
    /// through the reactor only when it would block. `write` writes all.
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        has_written_ = true;
        return this->again_after_shutdown(error, [&] {
            return this->transfer_at_once(
                next_layer_type::wait_write, error, [&] { return object_.write_some(buffers, error); },
                [&](auto token) { return object_.async_write_some(buffers, token); });
        });
    }

    /// Writes `count` bytes of a file, from `offset` on, without copying them through this program where the kernel can
    /// do that. Returns how many were written: without an error, fewer only if the file has no more. The file's own
    /// position does not change.
    ///
    /// Blocks: the fiber while the peer does not take more; the thread while the file is read from the disk.
    std::size_t sendfile(int file, std::uint64_t offset, std::size_t count, error_code& error)
    {
        return detail::send_file(this->native_handle(), file, offset, count, error,
                                 [this](error_code& outcome) { this->wait(next_layer_type::wait_write, outcome); });
    }
    std::size_t sendfile(int file, std::uint64_t offset, std::size_t count)
    {
        error_code error;
        const auto written = sendfile(file, offset, count, error);
        detail::throw_error(error, "sendfile");
        return written;
    }

private:
    using base::object_;

    bool has_written_ = false; ///< since it was last read from
};

} // namespace weft

#endif
