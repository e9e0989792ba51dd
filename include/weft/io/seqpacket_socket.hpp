// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_SEQPACKET_SOCKET_HPP
#define WEFT_IO_SEQPACKET_SOCKET_HPP

#include <weft/io/detail/connected_object.hpp>

#include <boost/asio/basic_seq_packet_socket.hpp>
#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <sys/socket.h>

namespace weft
{

/// A connection that keeps the borders of messages: what one `send` sends, one `receive` receives.
///
/// Each call that can fail has two forms: one fills an `error_code`, the other throws `system_error`. The end of the
/// connection is not thrown: `receive` returns 0, and the `error_code` form says `eof`. It is remembered. Outside of fibers
/// the same calls block the thread.
///
/// Blocks: `connect`, `wait`, `send` and `receive`: the fiber. The others: never.
/// Cancellation: `operation_aborted`; no message is lost. `close`, `cancel` or `shutdown` by another fiber ends the waits of
/// the first too.
/// Errors: those of the system; `timed_out` when the inherited deadline comes first. A message to a peer that has gone is
/// `broken_pipe` or `connection_reset`; there is no SIGPIPE.
/// Thread safety: none for one socket, except that one fiber may receive while another sends, on the same scheduler.
template <class Protocol>
class basic_seqpacket_socket : public detail::connected_object<boost::asio::basic_seq_packet_socket<Protocol>>
{
    using base = detail::connected_object<boost::asio::basic_seq_packet_socket<Protocol>>;

public:
    using typename base::error_code;
    using typename base::message_flags;
    using typename base::next_layer_type;

    using base::base;

    /// Waits until the whole message fits into the socket's buffer. Tries at once.
    /// Errors: also `invalid_argument` for an empty message, which the receiver could not tell from the end.
    template <class ConstBuffers>
    std::size_t send(const ConstBuffers& message, error_code& error)
    {
        if (boost::asio::buffer_size(message) == 0)
        {
            error = boost::asio::error::invalid_argument;
            return 0;
        }
        return this->again_after_shutdown(error, [&] {
            return this->transfer_at_once(
                next_layer_type::wait_write, error, [&] { return object_.send(message, 0, error); },
                [&](auto token) { return object_.async_send(message, 0, token); });
        });
    }
    template <class ConstBuffers>
    std::size_t send(const ConstBuffers& message)
    {
        error_code error;
        const auto count = send(message, error);
        detail::throw_error(error, "send");
        return count;
    }

    /// Waits for the next message.
    /// Errors: also `message_size` if it was longer than the buffers: they have its beginning, the rest is lost.
    template <class MutableBuffers>
    std::size_t receive(const MutableBuffers& buffers, error_code& error)
    {
        return this->until_end(error, [&] {
            message_flags flags = 0;
            const auto count = this->transfer(
                next_layer_type::wait_read, error, [&] { return object_.receive(buffers, 0, flags, error); },
                [&](auto token) { return object_.async_receive(buffers, 0, flags, token); });
            if (!error && (flags & MSG_TRUNC) != 0)
            {
                error = boost::asio::error::message_size;
            }
            else if (!error && count == 0 && boost::asio::buffer_size(buffers) != 0)
            {
                error = boost::asio::error::eof;
            }
            return count;
        });
    }
    template <class MutableBuffers>
    std::size_t receive(const MutableBuffers& buffers)
    {
        error_code error;
        const auto count = receive(buffers, error);
        detail::throw_unless_end(error, "receive");
        return count;
    }

private:
    using base::object_;
};

} // namespace weft

#endif
