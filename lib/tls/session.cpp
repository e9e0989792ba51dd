// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include <weft/tls/detail/session.hpp>

#include "context_state.hpp"
#include "transport.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <new>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <utility>

namespace weft::tls::detail
{

struct session::parts
{
    parts(weft::detail::byte_stream& below, const boost::asio::any_io_executor& executor, context_pointer which,
          bool connects)
        : context(std::move(which)), ssl(transport(below, executor), context->native), is_client(connects)
    {
    }

    const context_pointer context;
    boost::asio::ssl::stream<transport> ssl;
    const bool is_client;
};

namespace
{

/// Tells the server which host is meant, and lets only that host's certificate pass.
void expect(SSL* ssl, std::string_view host, boost::system::error_code& error)
{
    std::string name(host);
    const auto check = SSL_get0_param(ssl);
    boost::system::error_code no_address;
    boost::asio::ip::make_address(name, no_address);
    const auto accepted =
        no_address ? SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1 &&
                         X509_VERIFY_PARAM_set1_host(check, name.data(), name.size()) == 1
                   : X509_VERIFY_PARAM_set1_ip_asc(check, name.c_str()) == 1;
    X509_VERIFY_PARAM_set_hostflags(check, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (!accepted)
    {
        error = boost::asio::error::invalid_argument;
    }
}

} // namespace

session::session(weft::detail::byte_stream& below, const boost::asio::any_io_executor& executor,
                 context_pointer context, bool is_client)
    : parts_(std::make_unique<parts>(below, executor, std::move(context), is_client))
{
}

session::~session() = default;

void session::handshake(std::string_view host, error_code& error)
{
    error = {};
    if (host.empty() || host.find('\0') != host.npos || !parts_->is_client)
    {
        error = boost::asio::error::invalid_argument;
        return;
    }
    expect(native_handle(), host, error);
    if (!error)
    {
        parts_->ssl.handshake(boost::asio::ssl::stream_base::client, error);
    }
}

void session::accept(error_code& error)
{
    error = {};
    if (parts_->is_client)
    {
        error = boost::asio::error::invalid_argument;
        return;
    }
    parts_->ssl.handshake(boost::asio::ssl::stream_base::server, error);
}

std::size_t session::read_some(weft::detail::mutable_buffers into, error_code& error)
{
    error = {};
    return into.empty() ? 0 : parts_->ssl.read_some(into.front(), error);
}

std::size_t session::write_some(weft::detail::const_buffers bytes, error_code& error)
{
    error = {};
    if (bytes.empty())
    {
        return 0;
    }
    // Small pieces, such as a head and a body, go into one record.
    std::array<char, 2048> together;
    if (bytes.size() > 1 && bytes.front().size() < together.size())
    {
        const auto size = weft::detail::copy_out_of(bytes, together.data(), together.size());
        return parts_->ssl.write_some(boost::asio::buffer(together, size), error);
    }
    return parts_->ssl.write_some(bytes.front(), error);
}

void session::shutdown(boost::asio::socket_base::shutdown_type what, error_code& error)
{
    error = {};
    if (what == boost::asio::socket_base::shutdown_receive)
    {
        return;
    }
    const input_refusal refusal(parts_->ssl.next_layer(), what == boost::asio::socket_base::shutdown_send);
    parts_->ssl.shutdown(error);
    // That the answer is not waited for was the wish, or another fiber waits for it.
    if (error == boost::asio::error::already_started)
    {
        error = {};
    }
}

void session::throw_handshake_error(const error_code& error) const
{
    const auto reason = why_not_trusted();
    throw boost::system::system_error(error, reason.empty() ? "TLS handshake" : "TLS handshake: " + reason);
}

ssl_st* session::native_handle() const noexcept
{
    return parts_->ssl.native_handle();
}

std::string_view session::alpn() const noexcept
{
    const unsigned char* name = nullptr;
    unsigned int length = 0;
    SSL_get0_alpn_selected(native_handle(), &name, &length);
    return {static_cast<const char*>(static_cast<const void*>(name)), length};
}

std::string session::why_not_trusted() const
{
    const auto result = SSL_get_verify_result(native_handle());
    return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

} // namespace weft::tls::detail
