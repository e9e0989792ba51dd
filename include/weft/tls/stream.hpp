// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#ifndef WEFT_TLS_STREAM_HPP
#define WEFT_TLS_STREAM_HPP

#include <weft/io/detail/beast_hooks.hpp>
#include <weft/io/detail/byte_stream.hpp>
#include <weft/io/stream_socket.hpp>
#include <weft/io/tcp.hpp>
#include <weft/tls/context.hpp>
#include <weft/tls/detail/session.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace weft::tls
{

/// TLS over another stream, which it owns: a socket, an end of a pipe, TLS again. It meets Asio's `SyncReadStream` and
/// `SyncWriteStream`. Nothing goes over it before `handshake` (of a client) or `accept` (of a server) has succeeded.
///
/// The end of the stream is the peer's notice that it has closed; the throwing `read_some` returns 0 then. When the
/// connection ends without that notice, somebody may have cut it off: that is `asio::ssl::error::stream_truncated`.
///
/// Blocks: `handshake`, `accept`, `read_some`, `write_some` and `shutdown`: the fiber, as the stream below does.
/// Cancellation: `operation_aborted`. A cancelled `write_some` may have taken the bytes: it says how many, and what of
/// them is not sent yet goes out with the next write or `shutdown`. A connection whose handshake was cancelled is of no
/// further use.
/// Errors: those of the stream below, `timed_out` when the inherited deadline comes first, those of OpenSSL;
/// `already_started` for a second reader.
/// Thread safety: one fiber may read while others write or call `shutdown`, on the same scheduler.
/// Stack: a handshake takes up to 16,384 bytes of the fiber's stack; a stack of 65,536 bytes is ample.
template <class Next>
class stream : public weft::detail::stream_forms<stream<Next>>
{
    using forms = weft::detail::stream_forms<stream<Next>>;

public:
    using forms::read_some;
    using forms::write_some;
    using next_layer_type = Next;
    using lowest_layer_type = stream;
    using executor_type = boost::asio::any_io_executor;
    using shutdown_type = boost::asio::socket_base::shutdown_type;
    using error_code = boost::system::error_code;

    /// The client's side. Errors: `std::bad_alloc`, those of OpenSSL.
    stream(Next next, const client_context& context)
        : parts_(std::make_unique<parts>(std::move(next), context.state(), true))
    {
    }
    /// The server's.
    stream(Next next, const server_context& context)
        : parts_(std::make_unique<parts>(std::move(next), context.state(), false))
    {
    }

    executor_type get_executor()
    {
        return parts_->next.get_executor();
    }
    Next& next_layer() noexcept
    {
        return parts_->next;
    }
    lowest_layer_type& lowest_layer() noexcept
    {
        return *this;
    }
    /// OpenSSL's SSL.
    ssl_st* native_handle() noexcept
    {
        return parts_->session.native_handle();
    }

    /// The client's first call: tells the server which host is meant, and accepts only a certificate that is valid for
    /// that name or address. Errors: `certificate verify failed` of OpenSSL otherwise; the text of what is thrown, and
    /// `why_not_trusted`, say what is wrong with it. `invalid_argument` for an empty host and on a server's side.
    void handshake(std::string_view host, error_code& error)
    {
        parts_->session.handshake(host, error);
    }
    void handshake(std::string_view host)
    {
        error_code error;
        handshake(host, error);
        require(error);
    }

    /// The server's first call. Errors: `invalid_argument` on a client's side.
    void accept(error_code& error)
    {
        parts_->session.accept(error);
    }
    void accept()
    {
        error_code error;
        accept(error);
        require(error);
    }

    /// Empty if the peer's certificate was found good, or none was asked for.
    std::string why_not_trusted() const
    {
        return parts_->session.why_not_trusted();
    }

    /// The protocol that both have agreed on by ALPN; empty if there is none.
    std::string_view alpn() const noexcept
    {
        return parts_->session.alpn();
    }

    /// What has arrived and was decrypted: at least one byte, unless the stream has ended. Blocks: the fiber.
    template <class MutableBuffers>
    std::size_t read_some(const MutableBuffers& buffers, error_code& error)
    {
        return parts_->session.read_some(weft::detail::buffer_array<boost::asio::mutable_buffer>(buffers).get(), error);
    }
    /// Takes up to 16,384 bytes and sends them.
    template <class ConstBuffers>
    std::size_t write_some(const ConstBuffers& buffers, error_code& error)
    {
        return parts_->session.write_some(weft::detail::buffer_array<boost::asio::const_buffer>(buffers).get(), error);
    }
    /// Sends the notice of the end. `shutdown_send` leaves it at that, and reading goes on; `shutdown_both` then waits for
    /// the peer's, unless another fiber reads, who gets it as the end of the stream. `shutdown_receive` does nothing. The
    /// stream below stays open.
    ///
    /// Errors: `stream_truncated` if the peer closes without a notice; an error of OpenSSL if data comes first: who wants
    /// that reads to the end.
    void shutdown(shutdown_type what, error_code& error)
    {
        parts_->session.shutdown(what, error);
    }
    void shutdown(error_code& error)
    {
        shutdown(boost::asio::socket_base::shutdown_both, error);
    }
    void shutdown(shutdown_type what = boost::asio::socket_base::shutdown_both)
    {
        error_code error;
        shutdown(what, error);
        weft::detail::throw_error(error, "shutdown");
    }

    /// Closes the stream below. To the peer that is a truncated stream unless `shutdown` came before.
    void close(error_code& error)
        requires weft::detail::has_close<Next>
    {
        parts_->next.close(error);
    }
    void close()
        requires weft::detail::has_close<Next>
    {
        parts_->next.close();
    }

private:
    struct parts
    {
        parts(Next&& which, detail::context_pointer context, bool is_client)
            : next(std::move(which)), below(next), session(below, next.get_executor(), std::move(context), is_client)
        {
        }

        Next next;
        weft::detail::stream_ref<Next> below;
        detail::session session;
    };

    void require(const error_code& error)
    {
        if (error)
        {
            parts_->session.throw_handshake_error(error);
        }
    }

    std::unique_ptr<parts> parts_;
};

/// Connects to a TLS server: looks the host up, connects to the first of its addresses that answers, and makes the
/// handshake in that host's name.
///
/// Blocks: the fiber. Cancellation: `operation_aborted`.
/// Errors: those of `tcp::connect` and of `stream::handshake`.
stream<tcp::socket> connect(std::string_view host, std::string_view service, const client_context& context);
/// With the default options, which trust the authorities of the system.
stream<tcp::socket> connect(std::string_view host, std::string_view service);

// For Beast, which looks for them here.
using weft::beast_close_socket;
using weft::teardown;

} // namespace weft::tls

#endif
