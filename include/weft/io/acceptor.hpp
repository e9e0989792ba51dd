// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_ACCEPTOR_HPP
#define WEFT_IO_ACCEPTOR_HPP

// In one piece: a single class and its two names, with the contracts of each form of `accept`.

#include <weft/io/stream_socket.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/socket_base.hpp>

#include <cstddef>
#include <sys/socket.h>
#include <utility>

namespace weft
{

/// What an acceptor sets up besides opening, binding and listening. All allow a restarted server to take over the address
/// at once.
struct listen_options
{
    /// How many connections may wait to be accepted; the system has a limit of its own.
    int backlog = boost::asio::socket_base::max_listen_connections;

    /// Other sockets, also of other processes, may listen at the same address: the kernel spreads connections over all
    /// that have set this.
    bool reuse_port = false;

    /// IPv6 alone; otherwise an acceptor at the address `::` may take IPv4 too, as the system is set up.
    bool v6_only = false;
};

namespace detail
{

/// What an accept loop does about a failure.
enum class accept_reaction
{
    report,   ///< it is the caller's
    retry,    ///< that connection has gone, the next one may be there
    back_off, ///< descriptors or memory are short
};

accept_reaction react_to_accept_error(const boost::system::error_code& error) noexcept;

/// Waits between attempts: 5 ms, doubled up to 100 ms, with a line in the log now and then.
class accept_back_off
{
public:
    void wait(const boost::system::error_code& reason, boost::system::error_code& error);

private:
    int milliseconds_ = 0;
};

/// Sets the options. Errors: those of the system.
void prepare_to_listen(int descriptor, int family, const listen_options& options);

/// Writes a socket's own address and returns its size. Errors: `invalid_argument` if it is larger than `capacity`.
std::size_t address_of(int descriptor, sockaddr* where, std::size_t capacity, boost::system::error_code& error);

/// The listen queue gets no longer, and what is in it can be accepted. Without effect where the system cannot do that.
void refuse_new_connections(int descriptor) noexcept;

/// Errors: `invalid_argument` unless the socket listens, is of this type, and `of_this_family`.
void check_listening(int descriptor, bool of_this_family, int type, boost::system::error_code& error);

} // namespace detail

/// A listening socket whose `accept` waits with the fiber. `Socket` is what it returns.
///
/// Thread safety: none for one acceptor, except that several fibers of its scheduler may accept.
template <class Protocol, class Socket = basic_stream_socket<Protocol>>
class basic_acceptor : public detail::bindable_object<boost::asio::basic_socket_acceptor<Protocol>>
{
    using base = detail::bindable_object<boost::asio::basic_socket_acceptor<Protocol>>;

public:
    using typename base::endpoint_type;
    using typename base::error_code;
    using typename base::executor_type;
    using typename base::next_layer_type;
    using typename base::protocol_type;
    using socket_type = Socket;

    /// A closed acceptor on the running fiber's scheduler. Errors: `operation_not_permitted` outside of fibers.
    basic_acceptor() : basic_acceptor(this_executor()) {}
    explicit basic_acceptor(executor_type executor) : base(std::in_place, std::move(executor)) {}

    /// Opens, binds and listens.
    explicit basic_acceptor(const endpoint_type& where, const listen_options& options = {})
        : basic_acceptor(this_executor(), where, options)
    {
    }
    basic_acceptor(executor_type executor, const endpoint_type& where, const listen_options& options = {})
        : basic_acceptor(std::move(executor))
    {
        object_.open(where.protocol());
        detail::prepare_to_listen(this->native_handle(), where.protocol().family(), options);
        object_.bind(where);
        object_.listen(options.backlog);
    }

    /// Takes over an acceptor of Asio. No operation may be pending on it.
    explicit basic_acceptor(next_layer_type&& acceptor) : base(std::in_place, std::move(acceptor)) {}

    /// As Asio's. Blocks: never.
    void open(const protocol_type& protocol, error_code& error)
    {
        object_.open(protocol, error);
    }
    void open(const protocol_type& protocol = protocol_type())
    {
        object_.open(protocol);
    }
    /// Lets the system take connections from now on, up to `backlog` that wait to be accepted. Blocks: never.
    void listen(int backlog, error_code& error)
    {
        object_.listen(backlog, error);
    }
    void listen(int backlog = boost::asio::socket_base::max_listen_connections)
    {
        object_.listen(backlog);
    }

    /// Takes over a socket that listens already, one that another process has opened, say, and owns it from then on.
    ///
    /// Errors: `invalid_argument` unless it is a listening socket of this protocol; it stays the caller's then.
    void assign(int descriptor, error_code& error)
    {
        endpoint_type where;
        const auto size = detail::address_of(descriptor, where.data(), where.capacity(), error);
        if (!error)
        {
            where.resize(size);
            detail::check_listening(descriptor, where.data()->sa_family == where.protocol().family(),
                                    where.protocol().type(), error);
        }
        if (!error)
        {
            object_.assign(where.protocol(), descriptor, error);
            shared_ = !error;
        }
    }
    void assign(int descriptor)
    {
        error_code error;
        assign(descriptor, error);
        detail::throw_error(error, "assign");
    }

    /// Whether it came by `assign`: another process may listen too.
    bool is_shared() const noexcept
    {
        return shared_;
    }

    /// Waits for a connection. A connection that has gone again is passed over. When descriptors or memory are short,
    /// waits 5 to 100 ms between attempts, with a line in the log, instead of failing or spinning: the connection stays
    /// in the listen queue until others have been closed.
    ///
    /// Blocks: the fiber, or the thread outside of fibers.
    /// Cancellation: `operation_aborted`; no connection is lost. `close` or `cancel` by another fiber has the same
    /// effect.
    /// Errors: those of the system; `timed_out` when the inherited deadline comes first.
    socket_type accept(error_code& error)
    {
        return accept(this->get_executor(), error);
    }
    socket_type accept()
    {
        error_code error;
        auto peer = accept(error);
        detail::throw_error(error, "accept");
        return peer;
    }

    /// As `accept`, with a connection that belongs to another executor from the beginning: that of a worker, say, whose
    /// fiber is to have it.
    socket_type accept(const executor_type& executor, error_code& error)
    {
        detail::accept_back_off back_off;
        for (;;)
        {
            auto peer = next(executor, error);
            switch (detail::react_to_accept_error(error))
            {
            case detail::accept_reaction::report:
                return socket_type(std::move(peer));
            case detail::accept_reaction::retry:
                break;
            case detail::accept_reaction::back_off:
                const auto reason = error;
                error = {};
                back_off.wait(reason, error);
                if (error)
                {
                    return socket_type(executor);
                }
                break;
            }
        }
    }

    /// Accepts what waits in the listen queue; a closed socket and `would_block` if nothing does. Blocks: never.
    socket_type try_accept(error_code& error)
    {
        return try_accept(this->get_executor(), error);
    }
    socket_type try_accept(const executor_type& executor, error_code& error)
    {
        typename socket_type::next_layer_type peer(executor);
        object_.non_blocking(true, error);
        if (!error)
        {
            be_told_of_gone_connections();
            do
            {
                object_.accept(peer, error);
            } while (detail::react_to_accept_error(error) == detail::accept_reaction::retry);
            error_code ignored;
            object_.non_blocking(false, ignored); // threads that accept rely on it
        }
        return socket_type(std::move(peer));
    }

private:
    using base::object_;

    /// Asio would pass over them by a wait until another one comes, although there may be more in the queue.
    void be_told_of_gone_connections()
    {
        error_code ignored;
        object_.set_option(boost::asio::socket_base::enable_connection_aborted(true), ignored);
    }

    typename socket_type::next_layer_type next(const executor_type& executor, error_code& error)
    {
        be_told_of_gone_connections();
        if (!this_fiber::is_fiber())
        {
            error = detail::blocking_error();
            return error ? typename socket_type::next_layer_type(executor) : object_.accept(executor, error);
        }
        try
        {
            return object_.async_accept(executor, boost::asio::redirect_error(use_fiber, error));
        }
        catch (const boost::system::system_error& failure)
        {
            // Not started, or destroyed: then there is no socket to return beside the error.
            error = failure.code();
            return typename socket_type::next_layer_type(executor);
        }
    }

    bool shared_ = false;
};

} // namespace weft

#endif
