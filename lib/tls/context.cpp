// Copyright (c) 2026 The weft authors
// Distributed under the Boost Software License, Version 1.0. (See accompanying file LICENSE)

#include "context_state.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <limits>
#include <openssl/ssl.h>
#include <utility>

namespace weft::tls
{

namespace
{

std::string read_file(const std::string& name)
{
    std::ifstream file(name, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file)
    {
        throw boost::system::system_error(errno != 0 ? errno : EIO, boost::system::system_category(), name);
    }
    return text;
}

std::string wire_format(const std::vector<std::string>& protocols)
{
    std::string all;
    for (const auto& name : protocols)
    {
        if (name.empty() || name.size() > std::numeric_limits<unsigned char>::max())
        {
            throw boost::system::system_error(boost::asio::error::invalid_argument,
                                              "weft::tls: a protocol's name has 1 to 255 bytes");
        }
        all += static_cast<char>(name.size());
        all += name;
    }
    return all;
}

const unsigned char* bytes_of(const std::string& text) noexcept
{
    return static_cast<const unsigned char*>(static_cast<const void*>(text.data()));
}

/// The first of the server's protocols that the client offers.
int select_protocol(SSL*, const unsigned char** chosen, unsigned char* length, const unsigned char* offered,
                    unsigned int offered_length, void* of_server)
{
    const auto& own = *static_cast<const std::string*>(of_server);
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, length, bytes_of(own), static_cast<unsigned int>(own.size()), offered,
                              offered_length) != OPENSSL_NPN_NEGOTIATED)
    {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

detail::context_pointer make_server_state(const server_options& options, const identity& own)
{
    auto state = std::make_shared<detail::context_state>(boost::asio::ssl::context::tls_server);
    state->use(own);
    state->select_from(options.alpn);
    if (!options.client_authorities.empty())
    {
        state->trust(options.client_authorities);
        state->native.set_verify_mode(boost::asio::ssl::verify_peer | boost::asio::ssl::verify_fail_if_no_peer_cert);
        // Without a name OpenSSL refuses to resume the sessions of clients with certificates.
        const std::string name = "weft";
        SSL_CTX_set_session_id_context(state->native.native_handle(), bytes_of(name),
                                       static_cast<unsigned int>(name.size()));
    }
    return state;
}

} // namespace

namespace detail
{

context_state::context_state(boost::asio::ssl::context::method method) : native(method)
{
    const auto context = native.native_handle();
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // An idle connection does not keep the memory of a record.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}

void context_state::use(const identity& own)
{
    native.use_certificate_chain(boost::asio::buffer(own.certificate_chain));
    native.use_private_key(boost::asio::buffer(own.private_key), boost::asio::ssl::context::pem);
}

void context_state::trust(const std::string& authorities)
{
    native.add_certificate_authority(boost::asio::buffer(authorities));
}

void context_state::offer(const std::vector<std::string>& names)
{
    protocols = wire_format(names);
    if (!protocols.empty() && SSL_CTX_set_alpn_protos(native.native_handle(), bytes_of(protocols),
                                                      static_cast<unsigned int>(protocols.size())) != 0)
    {
        throw std::bad_alloc();
    }
}

void context_state::select_from(const std::vector<std::string>& names)
{
    protocols = wire_format(names);
    if (!protocols.empty())
    {
        SSL_CTX_set_alpn_select_cb(native.native_handle(), select_protocol, &protocols);
    }
}

} // namespace detail

identity read_identity(const std::string& certificate_chain_file, const std::string& private_key_file)
{
    return {read_file(certificate_chain_file), read_file(private_key_file)};
}

client_context::client_context(const client_options& options)
    : state_(std::make_shared<detail::context_state>(boost::asio::ssl::context::tls_client))
{
    if (options.trusted.empty())
    {
        state_->native.set_default_verify_paths();
    }
    else
    {
        state_->trust(options.trusted);
    }
    state_->native.set_verify_mode(boost::asio::ssl::verify_peer);
    state_->offer(options.alpn);
    if (!options.own.certificate_chain.empty())
    {
        state_->use(options.own);
    }
}

ssl_ctx_st* client_context::native_handle() const noexcept
{
    return state_->native.native_handle();
}

server_context::server_context(server_options options) : options_(std::move(options))
{
    state_ = make_server_state(options_, std::exchange(options_.own, {}));
}

void server_context::reload(const identity& own)
{
    auto fresh = make_server_state(options_, own);
    const std::lock_guard guard(mutex_);
    state_.swap(fresh);
}

ssl_ctx_st* server_context::native_handle() const
{
    return state()->native.native_handle();
}

detail::context_pointer server_context::state() const
{
    const std::lock_guard guard(mutex_);
    return state_;
}

} // namespace weft::tls
