// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_IO_ACCEPTOR_HPP
#define WEFT_IO_ACCEPTOR_HPP

#include <weft/io/stream_socket.hpp>

#include <boost/asio/basic_socket_acceptor.hpp>

#include <utility>

namespace weft
{

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

} // namespace detail

/// A listening socket whose `accept` waits with the fiber.
///
/// Thread safety: none for one acceptor, except that several fibers of its scheduler may accept.
template <class Protocol>
class basic_acceptor
{
public:
    using next_layer_type = boost::asio::basic_socket_acceptor<Protocol>;
    using executor_type = boost::asio::any_io_executor;
    using endpoint_type = typename Protocol::endpoint;
    using socket_type = basic_stream_socket<Protocol>;
    using error_code = boost::system::error_code;

    /// A closed acceptor on the running fiber's scheduler. Errors: `operation_not_permitted` outside of fibers.
    basic_acceptor() : basic_acceptor(this_executor()) {}
    explicit basic_acceptor(executor_type executor) : acceptor_(std::move(executor)) {}

    /// Opens, allows a restarted server to take over the address at once, binds and listens.
    explicit basic_acceptor(const endpoint_type& where) : basic_acceptor(this_executor(), where) {}
    basic_acceptor(executor_type executor, const endpoint_type& where) : acceptor_(std::move(executor), where, true) {}

    /// Takes over an acceptor of Asio. No operation may be pending on it.
    explicit basic_acceptor(next_layer_type&& acceptor) : acceptor_(std::move(acceptor)) {}

    executor_type get_executor() noexcept
    {
        return acceptor_.get_executor();
    }
    next_layer_type& next_layer() noexcept
    {
        return acceptor_;
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
        detail::accept_back_off back_off;
        for (;;)
        {
            auto peer = next(error);
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
                    return socket_type(get_executor());
                }
                break;
            }
        }
    }
    socket_type accept()
    {
        error_code error;
        auto peer = accept(error);
        detail::throw_error(error, "accept");
        return peer;
    }

    /// Waits in other fibers end with `operation_aborted`.
    void close(error_code& error)
    {
        acceptor_.close(error);
    }
    void close()
    {
        acceptor_.close();
    }
    void cancel()
    {
        acceptor_.cancel();
    }
    bool is_open() const noexcept
    {
        return acceptor_.is_open();
    }
    typename next_layer_type::native_handle_type native_handle()
    {
        return acceptor_.native_handle();
    }
    endpoint_type local_endpoint() const
    {
        return acceptor_.local_endpoint();
    }
    template <class Option>
    void set_option(const Option& option)
    {
        acceptor_.set_option(option);
    }
    template <class Option>
    void get_option(Option& option) const
    {
        acceptor_.get_option(option);
    }

private:
    typename socket_type::next_layer_type next(error_code& error)
    {
        if (!this_fiber::is_fiber())
        {
            error = detail::blocking_error();
            return error ? typename socket_type::next_layer_type(acceptor_.get_executor()) : acceptor_.accept(error);
        }
        try
        {
            return acceptor_.async_accept(boost::asio::redirect_error(use_fiber, error));
        }
        catch (const boost::system::system_error& failure)
        {
            // Not started, or destroyed: then there is no socket to return beside the error.
            error = failure.code();
            return typename socket_type::next_layer_type(acceptor_.get_executor());
        }
    }

    next_layer_type acceptor_;
};

} // namespace weft

#endif
