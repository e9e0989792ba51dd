// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DATAGRAM_SOCKET_HPP
#define WEFT_IO_DATAGRAM_SOCKET_HPP

#include <weft/io/detail/socket_object.hpp>

#include <boost/asio/basic_datagram_socket.hpp>

#include <cstddef>
#include <utility>

namespace weft
{

/// A datagram socket whose calls wait with the fiber. `connect` sets the peer for `send` and `receive`, and keeps others'
/// datagrams away; without it there are `send_to` and `receive_from`. One call is one datagram: of one that is longer than
/// the buffers, the rest is lost. An empty one is received as 0 bytes, without an error.
///
/// Each call that can fail has two forms: one fills an `error_code`, the other throws `system_error`. Outside of fibers they
/// block the thread. Broadcast, multicast and the other options are set with Asio's classes.
///
/// Blocks: `wait` and all that send or receive: the fiber. The others: never.
/// Cancellation: `operation_aborted`; no datagram is lost. `close` or `cancel` by another fiber has the same effect;
/// `shutdown` of a direction ends it with `shut_down`, for what waits and what comes.
/// Errors: those of the system, also of earlier datagrams: `connection_refused` when a peer's host has said so;
/// `timed_out` when the inherited deadline comes first.
/// Thread safety: none for one socket, except that one fiber may receive while another sends, on the same scheduler.
template <class Protocol>
class basic_datagram_socket : public detail::socket_object<boost::asio::basic_datagram_socket<Protocol>>
{
    using base = detail::socket_object<boost::asio::basic_datagram_socket<Protocol>>;

public:
    using typename base::endpoint_type;
    using typename base::error_code;
    using typename base::executor_type;
    using typename base::message_flags;
    using typename base::next_layer_type;
    using typename base::protocol_type;
    using typename base::shutdown_type;

    /// A closed socket on the running fiber's scheduler. Errors: `operation_not_permitted` outside of fibers.
    basic_datagram_socket() : basic_datagram_socket(this_executor()) {}
    explicit basic_datagram_socket(executor_type executor) : base(std::in_place, std::move(executor)) {}

    /// Opens and binds.
    explicit basic_datagram_socket(const endpoint_type& where) : basic_datagram_socket(this_executor(), where) {}
    basic_datagram_socket(executor_type executor, const endpoint_type& where)
        : base(std::in_place, std::move(executor), where)
    {
    }

    /// Takes over an open or closed socket of Asio. No operation may be pending on it.
    explicit basic_datagram_socket(next_layer_type&& socket) : base(std::in_place, std::move(socket)) {}

    /// Waits until the whole datagram fits into the socket's buffer. Tries at once.
    template <class ConstBuffers>
    std::size_t send(const ConstBuffers& datagram, error_code& error)
    {
        return send_with(error, [&] {
            return this->transfer_at_once(
                next_layer_type::wait_write, error, [&] { return object_.send(datagram, 0, error); },
                [&](auto token) { return object_.async_send(datagram, token); });
        });
    }
    template <class ConstBuffers>
    std::size_t send(const ConstBuffers& datagram)
    {
        error_code error;
        const auto count = send(datagram, error);
        detail::throw_error(error, "send");
        return count;
    }

    /// Sends one datagram. Blocks: the fiber, while there is no room for it.
    template <class ConstBuffers>
    std::size_t send_to(const ConstBuffers& datagram, const endpoint_type& peer, error_code& error)
    {
        return send_with(error, [&] {
            return this->transfer_at_once(
                next_layer_type::wait_write, error, [&] { return object_.send_to(datagram, peer, 0, error); },
                [&](auto token) { return object_.async_send_to(datagram, peer, token); });
        });
    }
    template <class ConstBuffers>
    std::size_t send_to(const ConstBuffers& datagram, const endpoint_type& peer)
    {
        error_code error;
        const auto count = send_to(datagram, peer, error);
        detail::throw_error(error, "send_to");
        return count;
    }

    /// Waits for the next datagram. With `message_peek` it stays there.
    template <class MutableBuffers>
    std::size_t receive(const MutableBuffers& buffers, message_flags flags, error_code& error)
    {
        return receive_with(error, [&] {
            return this->transfer(
                next_layer_type::wait_read, error, [&] { return object_.receive(buffers, flags, error); },
                [&](auto token) { return object_.async_receive(buffers, flags, token); });
        });
    }
    template <class MutableBuffers>
    std::size_t receive(const MutableBuffers& buffers, error_code& error)
    {
        return receive(buffers, 0, error);
    }
    template <class MutableBuffers>
    std::size_t receive(const MutableBuffers& buffers, message_flags flags = 0)
    {
        error_code error;
        const auto count = receive(buffers, flags, error);
        detail::throw_error(error, "receive");
        return count;
    }

    /// Waits for a datagram and tells who has sent it. What does not fit into `buffers` is lost.
    template <class MutableBuffers>
    std::size_t receive_from(const MutableBuffers& buffers, endpoint_type& peer, message_flags flags, error_code& error)
    {
        return receive_with(error, [&] {
            return this->transfer(
                next_layer_type::wait_read, error, [&] { return object_.receive_from(buffers, peer, flags, error); },
                [&](auto token) { return object_.async_receive_from(buffers, peer, flags, token); });
        });
    }
    template <class MutableBuffers>
    std::size_t receive_from(const MutableBuffers& buffers, endpoint_type& peer, error_code& error)
    {
        return receive_from(buffers, peer, 0, error);
    }
    template <class MutableBuffers>
    std::size_t receive_from(const MutableBuffers& buffers, endpoint_type& peer, message_flags flags = 0)
    {
        error_code error;
        const auto count = receive_from(buffers, peer, flags, error);
        detail::throw_error(error, "receive_from");
        return count;
    }

    /// Ends the waits in that direction, and all later calls in it. Blocks: never.
    void shutdown(shutdown_type what, error_code& error)
    {
        base::shutdown(what, error);
        if (error == boost::asio::error::not_connected) // and has done it all the same
        {
            error = {};
        }
    }
    void shutdown(shutdown_type what)
    {
        error_code error;
        shutdown(what, error);
        detail::throw_error(error, "shutdown");
    }

private:
    using base::object_;

    template <class Transfer>
    std::size_t send_with(error_code& error, Transfer transfer)
    {
        return this->again_after_shutdown(error, [&] { return this->is_sending_over() ? refuse(error) : transfer(); });
    }
    template <class Transfer>
    std::size_t receive_with(error_code& error, Transfer transfer)
    {
        // Linux wakes a receiver after its shutdown, and then tells it to come again.
        return this->again_after_shutdown(error,
                                          [&] { return this->is_receiving_over() ? refuse(error) : transfer(); });
    }

    static std::size_t refuse(error_code& error)
    {
        error = boost::asio::error::shut_down;
        return 0;
    }
};

} // namespace weft

#endif
