// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_RUNTIME_ACCEPTOR_HPP
#define WEFT_IO_RUNTIME_ACCEPTOR_HPP

#include <weft/fiber/runtime.hpp>
#include <weft/io/acceptor.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstddef>
#include <deque>
#include <utility>

namespace weft
{

/// How the connections to one address come to the workers of a runtime.
enum class distribution
{
    /// An acceptor on each worker, all of them at the same address (SO_REUSEPORT): the kernel chooses one by the addresses
    /// of both ends. Nothing is shared, and no connection changes hands; few connections may be spread unevenly.
    reuse_port,

    /// One acceptor, on the scheduler of whoever serves, hands them to the workers in turn. Where SO_REUSEPORT does not
    /// spread them, as for local sockets, or the socket was passed on by another process.
    hand_over
};

/// What to give `serve` instead of an acceptor, so that connections are served on all workers of a runtime:
///
///     weft::runtime workers;
///     workers.run([&] {
///         weft::tcp::runtime_acceptor acceptor(workers, {asio::ip::tcp::v4(), 7000});
///         weft::serve(acceptor, session);
///     });
///
/// Thread safety: none; nobody may use it while it is served.
template <class Protocol, class Socket = basic_stream_socket<Protocol>>
class basic_runtime_acceptor
{
public:
    using acceptor_type = basic_acceptor<Protocol, Socket>;
    using socket_type = Socket;
    using endpoint_type = typename acceptor_type::endpoint_type;

    /// Opens, binds and listens; all at the port that the first gets, if none is said. The runtime must live as long.
    ///
    /// Errors: those of the system; `operation_not_permitted` for `hand_over` outside of fibers.
    basic_runtime_acceptor(runtime& workers, const endpoint_type& where, distribution how = distribution::reuse_port,
                           listen_options options = {})
        : workers_(workers), distribution_(how)
    {
        if (how == distribution::hand_over)
        {
            acceptors_.emplace_back(where, options);
            return;
        }
        options.reuse_port = true;
        auto address = where;
        for (std::size_t i = 0; i < workers.size(); ++i)
        {
            acceptors_.emplace_back(workers.get_executor(i), address, options);
            address = acceptors_.front().local_endpoint();
        }
    }

    /// Hands over what this acceptor accepts, which the scheduler of whoever serves must have.
    basic_runtime_acceptor(runtime& workers, acceptor_type&& acceptor)
        : workers_(workers), distribution_(distribution::hand_over)
    {
        acceptors_.push_back(std::move(acceptor));
    }

    /// The address of all of them. Errors: those of the system.
    endpoint_type local_endpoint() const
    {
        return acceptors_.front().local_endpoint();
    }

    /// Whose workers get the connections.
    runtime& workers() const noexcept
    {
        return workers_;
    }

    /// How they get them.
    weft::distribution distribution() const noexcept
    {
        return distribution_;
    }

    /// How many acceptors there are: one, or one for each worker.
    std::size_t size() const noexcept
    {
        return acceptors_.size();
    }

    /// The acceptor of that worker; with `hand_over`, 0 alone.
    acceptor_type& operator[](std::size_t number) noexcept
    {
        return acceptors_[number];
    }

private:
    runtime& workers_;
    const weft::distribution distribution_;
    std::deque<acceptor_type> acceptors_;
};

namespace tcp
{
/// TCP connections for the workers of a runtime.
using runtime_acceptor = basic_runtime_acceptor<boost::asio::ip::tcp>;
} // namespace tcp

namespace local
{
/// Connections over local sockets; by `hand_over` alone.
using runtime_acceptor = basic_runtime_acceptor<boost::asio::local::stream_protocol>;
} // namespace local

} // namespace weft

#endif
