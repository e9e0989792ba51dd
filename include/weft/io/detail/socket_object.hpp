// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_SOCKET_OBJECT_HPP
#define WEFT_IO_DETAIL_SOCKET_OBJECT_HPP

#include <weft/io/detail/bindable_object.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace weft::detail
{

/// What all sockets have. They are in non-blocking mode while they are open, also those that threads use.
template <class Object>
class socket_object : public bindable_object<Object>
{
    using base = bindable_object<Object>;

public:
    using typename bindable_object<Object>::endpoint_type;
    using typename bindable_object<Object>::error_code;
    using typename bindable_object<Object>::protocol_type;
    using shutdown_type = boost::asio::socket_base::shutdown_type;
    using message_flags = boost::asio::socket_base::message_flags;

    /// As Asio's. Blocks: never.
    void open(const protocol_type& protocol, error_code& error)
    {
        object_.open(protocol, error);
        if (!error)
        {
            prepare();
        }
    }
    void open(const protocol_type& protocol = protocol_type())
    {
        error_code error;
        open(protocol, error);
        throw_error(error, "open");
    }

    /// Opens the socket if it is closed, and connects it. Without a connection, as with UDP, that sets the peer.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: `operation_aborted`; then it is best closed, the connection may come about all the same.
    /// Errors: those of the system; `timed_out` when the inherited deadline comes first.
    void connect(const endpoint_type& peer, error_code& error)
    {
        if (!object_.is_open())
        {
            open(peer.protocol(), error);
            if (error)
            {
                return;
            }
        }
        prepare();
        if (this_fiber::is_fiber())
        {
            object_.async_connect(peer, boost::asio::redirect_error(use_fiber, error));
            return;
        }
        error = blocking_error();
        if (error)
        {
            return;
        }
        object_.non_blocking(false, error);
        object_.connect(peer, error);
        prepare();
    }
    void connect(const endpoint_type& peer)
    {
        error_code error;
        connect(peer, error);
        throw_error(error, "connect");
    }

    /// Ends what waits in that direction, and leaves the other waiting. Datagram sockets need no peer for it.
    void shutdown(shutdown_type what, error_code& error)
    {
        object_.shutdown(what, error);
        if constexpr (!wakes_at_shutdown)
        {
            receiving_over_ = receiving_over_ || what != Object::shutdown_send;
            sending_over_ = sending_over_ || what != Object::shutdown_receive;
            ++shutdowns_;
            error_code ignored;
            object_.cancel(ignored);
        }
    }
    void shutdown(shutdown_type what)
    {
        error_code error;
        shutdown(what, error);
        throw_error(error, "shutdown");
    }

    /// Ends all waits with `operation_aborted`, and closes it. Blocks: never.
    void close(error_code& error)
    {
        forget_shutdown();
        base::close(error);
    }
    void close()
    {
        forget_shutdown();
        base::close();
    }

    /// Ends all waits with `operation_aborted`; the socket stays open. Blocks: never.
    void cancel(error_code& error)
    {
        ++cancels_;
        base::cancel(error);
    }
    void cancel()
    {
        ++cancels_;
        base::cancel();
    }

    /// Waits until it can be read, can be written, or has an error; nothing is transferred.
    void wait(typename base::wait_type what, error_code& error)
    {
        again_after_shutdown(error, [&]() -> std::size_t {
            if (what == Object::wait_write && sending_over_)
            {
                error = boost::asio::error::shut_down;
            }
            else
            {
                base::wait(what, error);
            }
            return 0;
        });
    }
    void wait(typename base::wait_type what)
    {
        error_code error;
        wait(what, error);
        throw_error(error, "wait");
    }

    /// Bytes that can be read without a wait; of datagrams, those of the next one.
    std::size_t available(error_code& error) const
    {
        return object_.available(error);
    }
    std::size_t available() const
    {
        return object_.available();
    }

    endpoint_type remote_endpoint(error_code& error) const
    {
        return object_.remote_endpoint(error);
    }
    endpoint_type remote_endpoint() const
    {
        return object_.remote_endpoint();
    }

protected:
    template <class... Args>
    explicit socket_object(std::in_place_t place, Args&&... args)
        : bindable_object<Object>(place, std::forward<Args>(args)...)
    {
        prepare();
    }
    socket_object(socket_object&&) = default;
    socket_object& operator=(socket_object&&) = default;
    ~socket_object() = default;

    /// What a shutdown of the other direction has disturbed goes on.
    template <class Operation>
    std::size_t again_after_shutdown(error_code& error, Operation operation)
    {
        if constexpr (wakes_at_shutdown)
        {
            return operation();
        }
        else
        {
            for (;;)
            {
                const auto shutdowns = shutdowns_;
                const auto cancels = cancels_;
                const std::size_t count = operation();
                if (error != boost::asio::error::operation_aborted || shutdowns == shutdowns_ || cancels != cancels_)
                {
                    return count;
                }
            }
        }
    }

    bool is_receiving_over() const noexcept
    {
        return receiving_over_;
    }
    bool is_sending_over() const noexcept
    {
        return sending_over_;
    }

    using base::object_;

private:
    /// Of TCP, the system tells those who wait. Of the others it does not, or not all: they are woken here.
    static constexpr bool wakes_at_shutdown = requires { typename protocol_type::no_delay; };

    void forget_shutdown() noexcept
    {
        ++cancels_;
        receiving_over_ = sending_over_ = false;
    }

    // One system call per socket, which the first asynchronous operation would make otherwise.
    void prepare()
    {
        if (object_.is_open() && !object_.non_blocking())
        {
            object_.non_blocking(true);
        }
    }

    std::uint32_t shutdowns_ = 0;
    std::uint32_t cancels_ = 0;
    bool receiving_over_ = false;
    bool sending_over_ = false;
};

} // namespace weft::detail

#endif
