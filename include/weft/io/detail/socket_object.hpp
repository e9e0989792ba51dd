// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_DETAIL_SOCKET_OBJECT_HPP
#define WEFT_IO_DETAIL_SOCKET_OBJECT_HPP

#include <weft/io/detail/io_object.hpp>

#include <cstddef>
#include <utility>

namespace weft::detail
{

/// What sockets and acceptors have: a protocol, a local address, options.
template <class Object>
class bindable_object : public io_object<Object>
{
public:
    using protocol_type = typename Object::protocol_type;
    using endpoint_type = typename Object::endpoint_type;
    using typename io_object<Object>::error_code;

    void bind(const endpoint_type& where, error_code& error)
    {
        object_.bind(where, error);
    }
    void bind(const endpoint_type& where)
    {
        object_.bind(where);
    }

    endpoint_type local_endpoint(error_code& error) const
    {
        return object_.local_endpoint(error);
    }
    endpoint_type local_endpoint() const
    {
        return object_.local_endpoint();
    }

    template <class Option>
    void set_option(const Option& option, error_code& error)
    {
        object_.set_option(option, error);
    }
    template <class Option>
    void set_option(const Option& option)
    {
        object_.set_option(option);
    }
    template <class Option>
    void get_option(Option& option, error_code& error) const
    {
        object_.get_option(option, error);
    }
    template <class Option>
    void get_option(Option& option) const
    {
        object_.get_option(option);
    }

protected:
    using io_object<Object>::io_object;
    using io_object<Object>::object_;
};

/// What all sockets have. They are in non-blocking mode while they are open, also those that threads use.
template <class Object>
class socket_object : public bindable_object<Object>
{
public:
    using typename bindable_object<Object>::endpoint_type;
    using typename bindable_object<Object>::error_code;
    using typename bindable_object<Object>::protocol_type;
    using shutdown_type = boost::asio::socket_base::shutdown_type;
    using message_flags = boost::asio::socket_base::message_flags;

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

    void shutdown(shutdown_type what, error_code& error)
    {
        object_.shutdown(what, error);
    }
    void shutdown(shutdown_type what)
    {
        object_.shutdown(what);
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

    using bindable_object<Object>::object_;

private:
    // One system call per socket, which the first asynchronous operation would make otherwise.
    void prepare()
    {
        if (object_.is_open() && !object_.non_blocking())
        {
            object_.non_blocking(true);
        }
    }
};

} // namespace weft::detail

#endif
